"""Engines that are wrong in exactly one way each: they show that the suite can fail, page by page and fault by fault.

A fault is a class, one family a module; `ALL` gathers them. To add one, write a class: its name says the fault, its
docstring tells it in a sentence, `caught_by` names the page that must catch it (or PROGRAMS), `fault` is the one wrong
thing. Engines that crash, hang, devour memory or print are in doubles/faulty.py.
"""

from __future__ import annotations

from . import forward, hooks, kernels, kinks, rules, tape, tensors
from .base import PROGRAMS, Miniature

ALL: list[type[Miniature]] = Miniature.__subclasses__()
"""Every miniature, in the order in which they are written."""

__all__ = ["ALL", "PROGRAMS", "Miniature", "forward", "hooks", "kernels", "kinks", "rules", "tape", "tensors"]
