"""Taking work in: folders, e-mails and screens are read into the queue, and answers go back."""
