"""The engine: all that bots have in common. It knows no process."""
