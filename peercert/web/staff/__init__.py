"""The door of officers."""
