"""Checks files of golden routing cases: embeddings, scores and token counts in, the whole decision out.

`python -m tests.golden FILE` says how many cases agree and names every difference. The format is told in `cases`.
"""
