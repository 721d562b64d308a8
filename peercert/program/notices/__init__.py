"""Notices: letters to send, letters sent, and whether they reached the person (proof of due process).

Kept: every letter as sent, its channel, Message-ID and delivery. Never: the words of letters (peercert/words/letters).
"""
