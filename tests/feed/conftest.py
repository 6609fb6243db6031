"""Tests of feeding: TensorFlow stays quiet, and is imported by the tests that need it."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
