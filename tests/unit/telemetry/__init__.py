"""Tests of `jisi.telemetry` without I/O."""
