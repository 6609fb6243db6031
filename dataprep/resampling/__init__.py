"""Which rows go and which are made to balance classes: algorithms on arrays."""
