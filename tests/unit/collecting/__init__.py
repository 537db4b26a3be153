"""Tests of collecting that need no endpoint."""
