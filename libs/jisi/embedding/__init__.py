"""Texts to unit vectors: the default model on ONNX Runtime, sentence-transformers, or an endpoint."""

from jisi.embedding.factory import create_embedder
from jisi.embedding.protocol import Embedder
from jisi.embedding.settings import EmbedderSettings

__all__ = ["Embedder", "EmbedderSettings", "create_embedder"]
