"""The engine and the suite, timed as ratios of each other in one run: `python -m benchmarks`."""
