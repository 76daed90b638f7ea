"""The formats of tables that are read: one file each, and one line in `table`."""
