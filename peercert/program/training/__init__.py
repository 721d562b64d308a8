"""Training: providers and the spans in which each was authorised per training type and language.

Kept: what officers record until providers have a door of their own. Never: prices, which providers set themselves.
"""
