"""What goes back: the sender's workbook, a cover report, an evidence pack."""
