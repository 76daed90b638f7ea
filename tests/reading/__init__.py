"""How well documents are read: made from a seed, read as any hand-in, and compared with what is right."""
