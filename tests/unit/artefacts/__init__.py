"""Tests of `jisi.artefacts` without a network."""
