"""The officers' door."""
