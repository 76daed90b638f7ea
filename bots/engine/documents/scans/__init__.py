"""Pages as they are seen: drawn, straightened and read."""
