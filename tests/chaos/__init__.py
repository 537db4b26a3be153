"""Chaos: the whole system on real servers while its processes are killed.

JISI_CHAOS_SEED=13 repeats a run of `test_random_kills`, JISI_CHAOS_REPLICAS=generator=3,router=2 changes its processes,
JISI_CHAOS_KEEP=folder keeps data and logs.
"""
