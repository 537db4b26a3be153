"""The aggregator: fuses references (ALGORITHM.md 5)."""
