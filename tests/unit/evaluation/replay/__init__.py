"""Tests of what a replay compares."""
