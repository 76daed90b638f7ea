"""The queue in memory: the twin of the store's, for tests of what uses it."""
