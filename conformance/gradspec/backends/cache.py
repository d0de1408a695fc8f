"""Where compiled kernels are kept between runs, so that an engine compiles each op and shape once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "GRADSPEC_CACHE"
"""The environment variable that names another folder."""


def folder(part: str) -> Path:
    """The user's cache folder for `part` ("jax"), by the platform's convention unless GRADSPEC_CACHE says otherwise."""
    return _root() / part


def _root() -> Path:
    if named := os.environ.get(VARIABLE):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "gradspec" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "gradspec"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gradspec"
