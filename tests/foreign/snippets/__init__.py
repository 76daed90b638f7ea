"""A site of Wagtail's with cases in it."""
