"""Rosters: whom an organisation watches and why, what it was told of them, and the NPI that a holder entered.

Kept: rosters as received with an answer per row, watches, objections, changes in the order in which they happened.
Never: why a standing changed, a complaint, a former name.
"""
