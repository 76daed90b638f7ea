"""E-mails and packages: the documents inside them."""
