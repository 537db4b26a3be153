"""Tests of the simulated and replayed pools over real HTTP on loopback."""
