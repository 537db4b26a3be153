"""Tests of the routing maths: no I/O, numpy only."""
