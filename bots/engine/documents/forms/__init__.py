"""Values of a form, found on its pages by a layout."""
