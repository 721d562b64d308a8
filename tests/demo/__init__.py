"""The demo state: its papers, and what a visitor finds in it."""
