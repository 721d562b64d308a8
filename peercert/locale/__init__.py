"""Spanish for every sentence of the interface: a catalog in parts, one for each part of the program."""
