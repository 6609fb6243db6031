"""Feeding training: from prepared rows to ``tf.data``; the only importer of TensorFlow."""
