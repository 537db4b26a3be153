"""Behaviour of the local pool with the real server and real files."""
