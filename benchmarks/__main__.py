"""Run the benchmarks named on the command line, or those of the engine and the suite, which take no options.

    python -m benchmarks
    python -m benchmarks accuracy [OP ...] [--write docs/accuracy.md]
    python -m benchmarks ops [OP ...] [--write docs/op-speed.md]
    python -m benchmarks alarms [--programs N] [--write docs/false-alarms.md]

What follows the name of a table is the table's own.
"""

import importlib
import pkgutil
import sys

import benchmarks

NAMES = sorted(found.name for found in pkgutil.iter_modules(benchmarks.__path__) if not found.name.startswith("_"))
TABLES = frozenset({"accuracy", "alarms", "ops"})
"""Those that read arguments, and take minutes: run only where they are named."""

if __name__ == "__main__":
    program, *words = sys.argv
    names = words[:1] if words[:1] and words[0] in TABLES else words or [n for n in NAMES if n not in TABLES]
    sys.argv = [program, *words[1:]] if names[0] in TABLES else [program]
    for name in names:
        if name not in NAMES:
            sys.exit(f"benchmarks: unknown benchmark {name!r}. Known: {', '.join(NAMES)}.")
        print(f"\n== {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()
