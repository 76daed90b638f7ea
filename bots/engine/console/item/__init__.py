"""The page of one item, and what people decide there."""
