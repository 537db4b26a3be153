"""`jisi bank collect` with models behind it."""
