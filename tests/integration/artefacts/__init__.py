"""Tests of `jisi.artefacts` with real pip and a real HTTP repository, both on this machine."""
