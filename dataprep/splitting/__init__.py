"""Rows into parts: algorithms on arrays, which know no table and no stage."""
