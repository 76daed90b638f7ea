"""Rekey's home folder: which one it is, whose its files are, and what its workers keep in it."""
