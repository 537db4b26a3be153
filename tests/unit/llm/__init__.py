"""The pool file, prices, the division of endpoints, prompts: no I/O but temporary files."""
