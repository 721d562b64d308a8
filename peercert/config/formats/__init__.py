"""How dates and numbers are written: as in the United States, in both languages."""
