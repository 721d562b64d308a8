"""Signing up and in, second factors, recovery, roles, personas."""
