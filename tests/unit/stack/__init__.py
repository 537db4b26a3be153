"""Tests of `jisi.stack` without servers."""
