"""Serving: the repair phase of a fitted pipeline as a Keras model, saved with the network."""

from __future__ import annotations

from dataprep.feed.serving.inputs import model_inputs as model_inputs
from dataprep.feed.serving.loading import load_model as load_model
from dataprep.feed.serving.model import preprocessing_model as preprocessing_model

__all__ = ["load_model", "model_inputs", "preprocessing_model"]
