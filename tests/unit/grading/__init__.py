"""Graders that need nothing but this process."""
