"""Databases, through ADBC: tables and queries read as Arrow, and tables written at once."""
