"""Resampling on arrays: which rows leave and which are made; nothing about tables or stages."""
