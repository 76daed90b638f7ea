"""What a workbook's file says of its cells besides their values."""
