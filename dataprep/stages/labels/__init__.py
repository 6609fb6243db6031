"""Stages that find wrong labels and supply missing ones."""
