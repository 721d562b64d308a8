"""Measurements: each module with a `run()` is one; `make bench` runs them all, `python -m bench NAME` some."""
