"""Fusions really made: a pool is asked, its responses are fused, and the answers graded (`jisi eval --live`)."""
