"""Background loops and settings."""
