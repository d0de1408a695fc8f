"""What an engine can be asked of a random program: which ops it has, which questions it answers.

A run draws programs from what its engines can do, so that a small engine is tested rather than excused.
"""

from __future__ import annotations

from collections.abc import Iterable

from .. import catalogue
from ..programs.model import MODES, Mode
from .protocol import Backend

REFERENCE = "refgrad"


def ops(backend: Backend) -> tuple[str, ...]:
    """The catalogue's ops that `backend` has."""
    return tuple(name for name in catalogue.ops() if backend.has_op(name))


def questions(backend: Backend) -> tuple[Mode, ...]:
    """The questions that `backend` answers: all, unless it says otherwise."""
    said = getattr(backend, "questions", MODES)
    return tuple(mode for mode in MODES if mode in said)


def drawable(backends: Iterable[tuple[str, Iterable[str], Iterable[str]]]) -> tuple[list[str], list[Mode]]:
    """The ops and questions to draw from, of (engine's name, its ops, its questions): those that some engine has.

    The reference has them all and decides only where it is tested alone.
    """
    known = list(backends)
    tested = [each for each in known if each[0].partition(":")[0] != REFERENCE] or known
    have = {name for _, names, _ in tested for name in names}
    asked = {mode for _, _, modes in tested for mode in modes}
    return [name for name in catalogue.ops() if name in have], [mode for mode in MODES if mode in asked]
