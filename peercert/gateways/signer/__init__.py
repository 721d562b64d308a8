"""Signing and verifying: keys, canonical form, proofs, status lists. Knows no room, keeps nothing, fetches nothing."""
