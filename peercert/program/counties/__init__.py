"""Counties: the 58 counties and the two city programs, and their participation per delivery system.

Kept: who takes part, from when to when. Never: who lives where (applications).
"""
