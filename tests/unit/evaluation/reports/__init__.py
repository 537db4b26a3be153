"""Reports of small made-up runs."""
