"""People: persons, their names over time, accounts, roles and declared interests.

Kept: who a person is and how they sign in. Never: anything about a case, nor why someone seeks the certificate.
"""
