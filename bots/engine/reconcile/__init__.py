"""Source, queue and target, compared."""
