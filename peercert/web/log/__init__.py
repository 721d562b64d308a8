"""The transparency log at its public addresses: for machines, without language, open to every site."""
