"""A site of Django's with cases in it."""
