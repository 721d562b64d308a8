"""Gateways: each speaks to one thing outside the program, and knows no room of it."""
