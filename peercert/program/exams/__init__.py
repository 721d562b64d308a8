"""Exams: accommodations, authorisations to test, appointments, sittings and results, the vendor's files.

Kept: the vendor's word as given. Never: a pass or fail that we computed, nor accommodation needs outside this room.
"""
