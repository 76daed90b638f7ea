"""The demo: a council whose records are keyed from end to end, then judged."""
