"""`rekey new-process`: templates of a new bot, and what fills them in."""
