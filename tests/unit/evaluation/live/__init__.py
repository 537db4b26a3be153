"""Tests of fusions that are really made."""
