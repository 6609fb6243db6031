"""Labels: which are wrong, and what those are that are missing; functions on arrays."""
