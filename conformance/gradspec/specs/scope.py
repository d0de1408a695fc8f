"""Say which names a check may use, and bind its imports to the engine under test.

A scope is the global namespace of one check: `torch` (the namespace under test), `np`, `math`,
Python's builtins, and what the check defines. `import torch` inside a check gives the namespace
under test, never the installed torch; besides it, a check may import what ALLOWED lists.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

ALLOWED = frozenset({
    "collections", "concurrent", "contextlib", "copy", "dataclasses", "functools", "gc", "inspect", "io", "itertools",
    "math", "numpy", "operator", "os", "pickle", "random", "re", "sys", "tempfile", "threading", "time", "types",
    "typing", "warnings", "weakref",
})  # fmt: skip
"""The modules (by their first name) that a check may import besides torch."""

GIVEN = frozenset({"torch", "np", "math", "nan", "inf", "__name__"})
"""The names that every check finds bound."""


def scope(torch: Any) -> dict[str, Any]:
    """A fresh namespace for one check, in which `torch` is the engine's."""

    def import_(
        name: str, globals: Any = None, locals: Any = None, fromlist: tuple[str, ...] = (), level: int = 0
    ) -> Any:
        first, *rest = name.split(".")
        if first == "torch":
            found = torch
            for part in rest if fromlist else ():  # `from torch.autograd import Variable` wants the inner module
                found = getattr(found, part)
            return found
        if first not in ALLOWED:
            raise ImportError(f"a check may not import {first!r}")
        module = importlib.import_module(name)
        return module if fromlist else importlib.import_module(first)

    return {
        "__name__": "check",
        "__builtins__": {**vars(builtins), "__import__": import_},
        "torch": torch, "np": np, "math": math, "nan": math.nan, "inf": math.inf,
    }  # fmt: skip


def unknown_names(tree: ast.Module) -> list[tuple[int, str]]:
    """The names that `tree` reads and nothing binds, each with the line of its first use."""
    bound = GIVEN | set(dir(builtins)) | set(_bound(tree))
    reads = [(n.lineno, n.id) for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    first: dict[str, int] = {}
    for line, name in sorted(reads):
        if name not in bound:
            first.setdefault(name, line)
    return [(line, name) for name, line in first.items()]


def forbidden_imports(tree: ast.Module) -> list[tuple[int, str]]:
    """The modules that `tree` imports and may not, with their lines."""
    return [(line, path) for line, path in imports(tree) if path.split(".")[0] not in ALLOWED | {"torch"}]


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every path that `tree` imports: ("torch.autograd.Variable" for `from torch.autograd import Variable`)."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names):
                yield from ((node.lineno, f"{module or '.'}.{alias.name}") for alias in names)


def _bound(tree: ast.Module) -> Iterator[str]:
    """Every name that something in `tree` binds, wherever it does."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ExceptHandler(name=str(name)):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (alias.asname or alias.name.split(".")[0] for alias in names)
