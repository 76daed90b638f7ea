"""Pages of history: what happened, what was compared, and what stands in the targets."""
