"""The terminal: what commands print there, and what Ctrl-C does."""
