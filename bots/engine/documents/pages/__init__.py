"""What stands on a page of a PDF, and where."""
