"""Routers on small made-up recordings."""
