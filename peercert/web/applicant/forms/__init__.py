"""The forms of an application, one per question group; shape only, every rule is asked of the journey."""
