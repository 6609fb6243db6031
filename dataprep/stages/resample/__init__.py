"""Stages that balance classes by rows: some go, some are made."""
