"""Workbooks to rows with their origin, and the workbook that goes back."""
