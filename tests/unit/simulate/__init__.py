"""Tests of the simulated and replayed pools, without a socket."""
