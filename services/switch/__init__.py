"""The switch: routes or aggregates (ALGORITHM.md 4)."""
