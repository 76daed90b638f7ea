"""The console for programs: the same decisions, by the same rules, in a person's name."""
