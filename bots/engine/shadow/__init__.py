"""Shadow runs: what a bot would have saved, and how far staff keyed the same."""
