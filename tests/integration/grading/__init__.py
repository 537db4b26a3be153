"""Graders with what they work with: processes, sandboxes, judges behind HTTP, containers."""
