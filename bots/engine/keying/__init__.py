"""Keying: an item is taken, keyed once or handed to a person, and its lease ends."""
