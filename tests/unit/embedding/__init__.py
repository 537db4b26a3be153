"""Embedding without a model."""
