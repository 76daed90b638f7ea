"""Pages of the work list: what waits for people, and who works on what."""
