"""Tests of bank files as arrays."""
