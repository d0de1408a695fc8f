"""The words of a step: the template that runs it in torch, which is also the one that is printed."""

from __future__ import annotations

from .. import catalogue
from ..catalogue import memory
from .model import Step


def words(step: Step) -> str:
    """The step's template in torch's words: `torch.sin({0})`, or in place `{0}.sin_()`."""
    return template(step.op, step.write)


def template(name: str, write: bool) -> str:
    """The template of an op, called in place if it is to `write`."""
    op = catalogue.get(name)
    return memory.in_place(op) if write else op.torch
