"""Workbooks and text files to rows of a record."""
