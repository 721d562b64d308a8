"""People and cases that are not real: the cast used in tests, demo and docs, and the state that shows the program."""
