"""Money: what is owed, paid, covered by a payer, returned or not yet matched, over a double-entry ledger.

Kept: amounts in cents. Never: card numbers, bank accounts, or a balance that is not the sum of ledger entries.
"""
