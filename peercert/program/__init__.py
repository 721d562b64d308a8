"""The certification program: one Django app, rooms in the order of a case's life.

A room may import the rooms below it, never one above (see `.importlinter`). Only `journey` moves a case.
"""
