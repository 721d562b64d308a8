"""The law on the command line: what `peercert decide`, `schema` and `figures` do. No database, no settings."""
