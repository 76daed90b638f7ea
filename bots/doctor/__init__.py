"""`rekey doctor`: what an installation lacks, and what mends it."""
