"""Signing up, signing in, second factors and recovery."""
