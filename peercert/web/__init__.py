"""The doors: each turns a request into one step of the journey and one page."""
