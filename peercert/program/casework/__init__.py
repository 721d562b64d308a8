"""Casework: the case, its timeline, requests, clocks, documents, notes, questions, tasks and who had which part in it.

Kept: what staff work on and every promise of time. Never: what the applicant said (applications) or what was decided
(determinations).
"""
