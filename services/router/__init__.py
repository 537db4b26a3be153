"""The router: embeds, plans, refines (ALGORITHM.md 1 to 3)."""
