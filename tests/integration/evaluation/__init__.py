"""`jisi eval` with models behind it."""
