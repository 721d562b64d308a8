"""Notices: every letter as a row, with its text as sent and what became of it: the proof that a person was told.

Kept: letters and their delivery. Never: the words of letters (words/letters.toml), nor who decides that one is due.
"""
