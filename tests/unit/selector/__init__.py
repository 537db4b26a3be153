"""Tests of the selector's file and settings."""
