"""The processes: a folder each, and one line each in the registry."""
