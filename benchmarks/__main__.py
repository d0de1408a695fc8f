"""Run the benchmarks named on the command line, or all of them: `python -m benchmarks engine throughput`."""

import importlib
import pkgutil
import sys

import benchmarks

NAMES = sorted(found.name for found in pkgutil.iter_modules(benchmarks.__path__) if not found.name.startswith("_"))

if __name__ == "__main__":
    names, sys.argv = sys.argv[1:] or NAMES, sys.argv[:1]  # a benchmark reads no arguments of ours as its own
    for name in names:
        if name not in NAMES:
            sys.exit(f"benchmarks: unknown benchmark {name!r}. Known: {', '.join(NAMES)}.")
        print(f"\n== {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()
