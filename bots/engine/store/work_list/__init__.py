"""The work list: what waits for people, in pages, counts and filters."""
