"""The ops, a family a module: each op is one block with its NumPy forward and the derivative of each argument.

`public()` gathers what the modules define under a name without underscore; that is the list of
refgrad's functions, so that an op is added in one place.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any


def public() -> dict[str, Any]:
    """Every public function of the op modules, by name."""
    names: dict[str, Any] = {}
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        names |= {
            name: value
            for name, value in vars(module).items()
            if callable(value) and not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
        }
    return names
