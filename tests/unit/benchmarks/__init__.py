"""Tests of what the benchmarks compute themselves: a wrong measure is worse than none."""
