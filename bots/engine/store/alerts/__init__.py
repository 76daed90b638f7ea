"""Who was told what, and what is on its way to them."""
