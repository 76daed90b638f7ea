"""The audit: proof that a store is whole, checkpoints outside of it, and the history as a file."""
