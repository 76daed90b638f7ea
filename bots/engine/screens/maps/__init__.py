"""Screen maps: their schema, their files, and the opening hours in them."""
