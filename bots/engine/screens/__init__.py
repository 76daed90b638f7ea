"""Screens of other systems: a browser's sessions on them, read and filled in through maps."""
