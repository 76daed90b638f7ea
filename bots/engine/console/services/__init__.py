"""What pages are made with: templates, forms, files, hours, passwords. No page of its own."""
