"""Routers and multi-agent baselines, each a small class behind one protocol (`protocol.py`)."""
