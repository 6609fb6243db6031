"""Stages that make more of the data for training: rows that are nearly, or partly, like others."""
