"""Pages of hand-ins: files are sent, checked, queued and followed."""
