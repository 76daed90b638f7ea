"""A request on its way to a page: who it is, what may pass, what the page works with."""
