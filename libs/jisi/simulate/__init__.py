"""Pools that need no key, over real HTTP: ten simulated models on verifiable tasks, and recorded responses replayed.

Nothing here pretends to be a language model: what answers is called simulated, or replayed, wherever it shows.
"""
