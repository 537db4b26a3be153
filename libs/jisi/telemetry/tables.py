"""Tables of `jisi.telemetry`."""
