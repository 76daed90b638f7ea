"""What a file is by its content, and whether it is safe to unpack."""
