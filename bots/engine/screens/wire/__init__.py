"""The wire: every byte between a browser and a target passes here."""
