"""The law: facts in, a finding out. Pure functions and dated figures; no Django, no clock, no database."""
