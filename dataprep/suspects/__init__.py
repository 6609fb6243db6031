"""Wrong cells without labels: what a column and its dependencies look like, and what breaks it.

`texts` gives columns as levels; `spelling`, `formats`, `numbers`, `combinations` and `dependencies`
each learn a profile as plain JSON and give evidence against cells; `judging` weighs it.
"""
