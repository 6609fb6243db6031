"""Stages that look at pictures, each of which is a row."""
