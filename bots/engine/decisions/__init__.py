"""What staff can decide about an item: a file for each, and the list of them."""
