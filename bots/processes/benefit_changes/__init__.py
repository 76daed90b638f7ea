"""Changes of circumstances, from the council's form to the claim in benefits."""
