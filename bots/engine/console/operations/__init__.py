"""Pages of operations: runs, schedules and systems."""
