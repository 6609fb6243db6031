"""Baselines to judge data by: what is trained on it, and how well."""
