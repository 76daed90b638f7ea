"""PDFs as a whole: pages with their words, fields and pictures."""
