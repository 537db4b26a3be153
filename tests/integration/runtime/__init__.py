"""Processes of services on real servers."""
