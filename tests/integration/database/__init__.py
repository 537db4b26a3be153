"""The schema on a real server."""
