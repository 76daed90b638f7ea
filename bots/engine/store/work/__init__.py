"""The queue: items are taken in, leased, keyed, proved and decided about."""
