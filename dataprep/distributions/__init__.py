"""Distributions of columns: recorded in a few kilobytes, and compared with those of later rows."""
