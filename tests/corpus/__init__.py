"""A corpus of damaged files: clean tables, what is done to them, and how a reader is measured.

Examples
--------
>>> from corpus.cases import CASES
>>> CASES[0].name, CASES[0].draft().records[0][0]
('comma, people', '1000')
"""
