"""PeerCert: the Medi-Cal Peer Support Specialist certification program as one web platform."""

__version__ = "0.2.0"
