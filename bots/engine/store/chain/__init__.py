"""An item's chain of history, and the digests that hold it together."""
