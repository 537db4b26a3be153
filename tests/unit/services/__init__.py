"""What services decide before and after any I/O."""
