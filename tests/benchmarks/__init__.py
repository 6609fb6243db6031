"""Programs that measure; each is run by itself, and none is a test."""
