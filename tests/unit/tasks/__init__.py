"""Tests of the task definitions."""
