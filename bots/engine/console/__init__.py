"""The web console for staff: why an item waits, putting it right, and sending it on."""
