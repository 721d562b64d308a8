"""The door of providers, counties, the exam vendor and the state."""
