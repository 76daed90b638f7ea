"""Reading at a distance: a process of its own opens what people hand in."""
