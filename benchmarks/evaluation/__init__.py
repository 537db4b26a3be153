"""Speed and memory of `jisi eval`; `python -m benchmarks.evaluation`."""
