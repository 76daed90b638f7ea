"""Rekey: bots that re-key records exactly once, or tell a person."""
