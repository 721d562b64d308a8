"""Determinations: the decision as made, with the facts it saw, its governing day, reasons and release.

Kept: decisions for ever, superseded at most. Never: advice (review) nor what follows from them (certificates).
"""
