"""How fast, how little, how steady: the numbers behind the promises. Run `python -m benchmarks`."""
