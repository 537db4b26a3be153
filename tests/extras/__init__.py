"""Tests of the extras, which are installed apart: make test-extras."""
