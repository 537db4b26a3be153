"""Families, offline decisions, comparison and report without any server."""
