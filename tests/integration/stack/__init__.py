"""Tests of `jisi.stack` on real processes."""
