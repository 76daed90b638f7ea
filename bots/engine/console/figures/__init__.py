"""Pages of figures: how the work goes, and the baselines behind it."""
