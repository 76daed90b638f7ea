"""Missed bins: residents' reports from the citizen portal become cases in waste management."""
