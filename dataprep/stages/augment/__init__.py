"""Stages that make training data more varied: new rows, or other looks of the same ones."""
