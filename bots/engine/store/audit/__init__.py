"""Proof that a store is whole: its chains read again, its history looked back at."""
