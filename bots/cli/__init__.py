"""The command `rekey`: a module for each of its commands."""
