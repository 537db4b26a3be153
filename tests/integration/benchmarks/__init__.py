"""Behaviour of what measures, on real servers."""
