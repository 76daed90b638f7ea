"""Pages of people: who may do what, and the tokens of their programs."""
