"""Embedding with real weights and over real HTTP."""
