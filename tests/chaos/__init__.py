"""Chaos: the whole system on real servers while its processes are killed."""
