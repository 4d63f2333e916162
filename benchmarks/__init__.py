"""Benchmarks of speed, cost and stability. Run `python -m benchmarks`."""
