"""Texts to unit vectors: the default model on ONNX Runtime, sentence-transformers, or an endpoint."""
