"""Trace pages to what autograd's documentation says: the project's own list, specs/inventory.json.

A Behaviour is one documented statement with its source. An Inventory holds all of them by area, and
gives the reason for each of the few that no page can test.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from ..errors import BrokenSpec
from .model import Functional, Level, Spec
from .needs import PURE

FILE = "inventory.json"
"""The list's name in the folder of the pages."""

NAMED = 3
"""How many behaviours without a page one line names."""


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One documented statement, and where it is documented."""

    id: str
    area: str
    statement: str
    source: str
    functional: Functional
    """For an engine of pure functions: `core` means the same there, `adapt` has a translation, `no` has none."""
    level: Level = "must"


class Inventory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The areas with their titles, the behaviours in reading order, and why some of them have no page."""

    areas: dict[str, str]
    behaviours: tuple[Behaviour, ...]
    untestable: dict[str, str] = {}
    """Id -> reason."""
    tape_only: dict[str, str] = {}
    """Id -> why pure functions cannot say it, though it has a meaning for them (`core`, `adapt`)."""


def read(root: Path) -> Inventory | None:
    """The list in the folder `root`; None where there is none, BrokenSpec in one line where it cannot be read."""
    try:
        return msgspec.json.decode((root / FILE).read_bytes(), type=Inventory)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        raise BrokenSpec(f"{FILE}: cannot be read: {error}. See specs/inventory.py for its form.") from None


def reached(specs: Iterable[Spec]) -> dict[str, list[str]]:
    """Behaviour -> the pages that name it."""
    pages: dict[str, list[str]] = {}
    for spec in specs:
        for id in spec.inventory:
            pages.setdefault(id, []).append(spec.id)
    return pages


def unreached(inventory: Inventory, specs: Iterable[Spec]) -> list[str]:
    """The behaviours that no page names and no reason excuses."""
    found = reached(specs)
    return [b.id for b in inventory.behaviours if b.id not in found and b.id not in inventory.untestable]


def functional(specs: Iterable[Spec]) -> set[str]:
    """The behaviours that some check states in words that an engine of pure functions has."""
    return {id for spec in specs if any(check.needs <= PURE for check in spec.checks) for id in spec.inventory}


def complaints(inventory: Inventory, specs: Sequence[Spec]) -> Iterator[str]:
    """What is wrong between the list and the pages, and with the list itself."""
    known = Counter(behaviour.id for behaviour in inventory.behaviours)
    yield from (f"{FILE}: {id!r} stands {n} times. Once is enough." for id, n in known.items() if n > 1)
    for behaviour in inventory.behaviours:
        if behaviour.area not in inventory.areas:
            yield f"{FILE}: {behaviour.id!r} is in an unknown area {behaviour.area!r}. Give the area a title."
    found = reached(specs)
    for id, reason in inventory.untestable.items():
        if id not in known:
            yield f"{FILE}: {id!r} is listed as untestable and stands nowhere. Delete it."
        elif id in found:
            yield f"{FILE}: {id!r} is listed as untestable, but {found[id][0]}.md tests it. Delete it from the list."
        elif not reason.strip():
            yield f"{FILE}: {id!r} is listed as untestable without a reason. Say why no page can test it."
    if lost := unreached(inventory, specs):
        names = ", ".join(lost[:NAMED]) + (", ..." if len(lost) > NAMED else "")
        are = "behaviour is" if len(lost) == 1 else "behaviours are"
        yield f"{FILE}: {len(lost)} documented {are} on no page: {names}. Write pages, or say why they are untestable."
    yield from _impure(inventory, specs)


def _impure(inventory: Inventory, specs: Sequence[Spec]) -> Iterator[str]:
    """What is wrong with the behaviours that have a meaning for pure functions, and with the excuses for some."""
    stated = functional(specs)
    meant = {b.id for b in inventory.behaviours if b.functional != "no"} - set(inventory.untestable)
    for id, reason in inventory.tape_only.items():
        if id not in meant:
            yield f"{FILE}: {id!r} is listed as tape_only and is no `core` or `adapt` behaviour. Delete it."
        elif id in stated:
            yield f"{FILE}: {id!r} is listed as tape_only, but a check needs no tape. Delete it from the list."
        elif not reason.strip():
            yield f"{FILE}: {id!r} is listed as tape_only without a reason. Say why pure functions cannot say it."
    on_pages = reached(specs)
    for id in sorted(meant & on_pages.keys() - stated - inventory.tape_only.keys()):
        yield (
            f"{on_pages[id][0]}.md:1: no check says {id!r} to an engine of pure functions. "
            f"Write one in words of torch.func, or give the reason under tape_only in {FILE}."
        )
