"""People: roles, passwords, sessions and tokens."""
