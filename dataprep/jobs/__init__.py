"""Runs over files: cleaned, applied, undone; published whole or not at all."""
