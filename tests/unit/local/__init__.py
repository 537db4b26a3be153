"""Unit tests of the local pool."""
