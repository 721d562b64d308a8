"""The demo's own pages: walk in as any role, read the letters sent."""
