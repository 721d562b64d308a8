"""The door of people who apply and hold."""
