"""Find what is wrong with pages, before any engine runs them.

`read` refuses a page that cannot be understood. This module adds what makes a page worthless
though it can be read: a check that cannot fail, a claim that is none, ids and claims that collide.
Where the folder has an inventory or is bound as a book, the pages are held against those as well.
A problem is one line: where, what, what now.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from ..errors import BrokenSpec
from . import contents, inventory, where
from .model import Spec
from .read import read

LONGEST_CLAIM = 120
"""Characters of a claim: more than a line of a table holds is two claims."""


def lint(folder: Path | str | None = None) -> list[str]:
    """The problems of all pages in `folder` (this installation's, if None), in the order of the pages."""
    root = where.pages(folder)
    listed = inventory.read(root)
    known = None if listed is None else frozenset(behaviour.id for behaviour in listed.behaviours)
    specs, problems = [], []
    for id in where.ids(root):
        try:
            specs.append(read(root / f"{id}.md", id))
        except BrokenSpec as error:
            problems.append(str(error))
    whole = not problems  # what the pages are together is asked once each of them can be read
    for spec in specs:
        problems += [f"{spec.id}.md:{line}: {what}" for line, what in _page(spec, known)]
    if whole and listed is not None:
        problems += inventory.complaints(listed, specs)
    if whole:
        problems += contents.complaints(root, specs)
    return sorted([*problems, *_ids(where.ids(root)), *_twice(specs)])


def _page(spec: Spec, known: Collection[str] | None) -> Iterator[tuple[int, str]]:
    """What is wrong with one page by itself, with its lines."""
    if len(spec.claim) > LONGEST_CLAIM:
        yield 1, f"the claim has {len(spec.claim)} characters. Say it in {LONGEST_CLAIM}, or make two pages of it."
    if not is_a_sentence(spec.claim):
        yield 1, "the claim is no sentence. Begin with a capital, say what something does, and end without a full stop."
    for check in spec.checks:
        promises = {step.promise for step in check.steps}
        if not promises & {"value", "raises", "warns", "observe"}:
            yield check.line, "this check promises nothing. End a statement with `# => value`."
        elif promises <= {"runs", "observe"} and spec.level != "observed":
            yield check.line, 'this check cannot fail: it only observes. Promise a value, or say level = "observed".'
    for name in dict.fromkeys(spec.inventory):
        if spec.inventory.count(name) > 1:
            yield 1, f"the inventory entry {name!r} is named twice. Once is enough."
        if known is not None and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            yield 1, f"unknown inventory entry {name!r}.{hint} Name one of {inventory.FILE}."


def is_a_sentence(claim: str) -> bool:
    """Has it a beginning that is no small letter, at least three words, and no full stop?"""
    return len(claim.split()) >= 3 and not claim[0].islower() and not claim.endswith(".")


def _ids(ids: Sequence[str]) -> Iterator[str]:
    """Ids that contain another one: `pytest -k` would select both for the shorter."""
    for short in ids:
        for long in ids:
            if short != long and short.lower() in long.lower():
                yield f"{long}.md:1: the id contains the id {short!r}, so -k cannot tell them apart. Rename one."


def _twice(specs: Sequence[Spec]) -> Iterator[str]:
    """Pages that claim the same in the same words."""
    by_claim = sorted(specs, key=lambda spec: (spec.claim.lower(), spec.id))
    for _, group in groupby(by_claim, key=lambda spec: spec.claim.lower()):
        first, *others = group
        yield from (
            f"{spec.id}.md:1: claims the same as {first.id}.md. Merge them, or say what differs." for spec in others
        )
