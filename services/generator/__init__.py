"""The generator: asks experts."""
