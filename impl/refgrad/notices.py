"""Warn as torch does: once a process for each text, unless `set_warn_always` asks for every time."""

from __future__ import annotations

import warnings


class _Given:
    """Which warnings were given already."""

    always = False
    texts: set[str] = set()


def set_warn_always(b: bool) -> None:
    """Should a warning that torch gives once be given every time?"""
    _Given.always = b


def is_warn_always_enabled() -> bool:
    """Are warnings that torch gives once given every time?"""
    return _Given.always


def warn_once(text: str, stacklevel: int) -> None:
    """A UserWarning at the caller `stacklevel` calls up, if nobody has had it yet."""
    if _Given.always or text not in _Given.texts:
        _Given.texts.add(text)
        warnings.warn(text, UserWarning, stacklevel=stacklevel + 1)
