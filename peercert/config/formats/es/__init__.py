"""Spanish of the United States; Django's own `es` writes numbers and dates as Spain does."""
