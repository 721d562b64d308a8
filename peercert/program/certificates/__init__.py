"""Certificates: the certificate, its terms, its standing over time, and the printed document.

Kept: what stands for a person on any day, as known at any time. Never: why a standing changed (complaints, appeals).
"""
