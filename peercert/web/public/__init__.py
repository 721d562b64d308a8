"""The program's open pages: what it is, how it goes, where to write, and whom to verify."""
