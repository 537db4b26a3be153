"""Metrics on small made-up outcomes."""
