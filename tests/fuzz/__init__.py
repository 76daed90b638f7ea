"""Damaged files of every kind that is read: each is read, or refused with a sentence."""
