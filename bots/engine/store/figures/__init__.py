"""Figures of a store: baselines, review time, doubts."""
