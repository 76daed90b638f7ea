"""A first draft of a record and a layout, from the fields or the labels of a form."""
