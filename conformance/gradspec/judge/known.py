"""What an engine is known to do otherwise, read from the table beside its adapter: backends/jax.toml.

A Divergence is one entry: what it matches (a spec, or an op at a kind of point), what the engine does
there, why, who says so, and the versions it holds for. A Case is what an op's entry is held against. A
Known is the entries that hold for one backend, and counts how often each could have happened and did:
one that no longer happens is stale, and must be deleted.

What an op does wrong in one corner is excused in that corner only: an entry about an op may name the `modes`,
`dtypes`, `layouts` and `values` it is about, the step's situation as `when` (judge/situations.py), and the step's
`settings`. Chances are counted where all of them hold.

::

    [[spec]]                                   [[op]]
    id = "promotion/int-array-and-float"       op = "abs"
    does = "gives float64"                     where = "kink"
    why = "weak types"                         does = "has derivative 1 at 0"
    source = "jax Type promotion semantics"    why = "select(x >= 0)"
    versions = ">=0.10"                        source = "jax-ml/jax#37820"

    [[op]]
    op = "scatter_reduce"
    when = "equal numbers"
    settings = { include_self = [false], reduce = ["amax", "amin"] }
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import msgspec

from ..backends import registry
from ..errors import BrokenBackend
from ..programs.model import MODES, SECOND_ORDER, Mode, Scalar, Setting
from .situations import Situation

Point = Literal["kink", "nan", "error", "shape", "dtype", "promotion", "anywhere"]
"""Where an op's entry holds: near a point without a derivative, where a value is nan or infinite, where
only one side raises, in the result's shape or dtype, in its dtype where tensors without dimensions meet others of
another dtype, or wherever the op is applied."""

CHANCES = 20
"""An op's entry that could have happened so often and never did is stale. (That a program stands near a kink does
not mean that its derivative shows it: the cotangent may be zero there, or the point just beside.)"""


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    does: str
    why: str
    source: str
    versions: str = ""
    """Of the engine: ">=0.10, <0.12". Empty: every version."""
    devices: tuple[str, ...] = ()
    """The devices it holds on. Empty: all."""


class _Spec(_Entry, frozen=True, kw_only=True):
    id: str


class _Op(_Entry, frozen=True, kw_only=True):
    op: str
    """Its name; "*" for every op."""
    where: Point = "anywhere"
    modes: tuple[Literal["value"] | Mode, ...] = MODES
    """What it is about: kinds of questions; "value" only where it is named."""
    dtypes: tuple[str, ...] = ()
    """The dtypes of the op's result. Empty: all."""
    layouts: tuple[str, ...] = ()
    """One of them must be that of some input. Empty: any."""
    values: tuple[str, ...] = ()
    """One of these value classes must be that of some input. Empty: any."""
    when: Situation | Literal[""] = ""
    """The situation that the step must be in. Empty: any."""
    settings: dict[str, tuple[Scalar, ...]] = {}
    """By the name of a setting of the step, the values of which it must have one."""
    within: float = 0.0
    """How far it goes, as a part of the tensor's largest number. 0: any distance."""
    says: str = ""
    """Words that must be in the error. Empty: any error."""
    chances: int = CHANCES
    """How often it may be met without happening: more, where it takes a coincidence that is seldom drawn."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    spec: tuple[_Spec, ...] = ()
    op: tuple[_Op, ...] = ()


@dataclass(frozen=True)
class Case:
    """What a program shows of an op: at such a point, asked so, in such a dtype, off by such a part of its size."""

    op: str
    point: Point
    mode: str
    dtype: str = "float64"
    far: float = 0.0
    layouts: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    said: str = ""
    """What was said of it, an error's text included."""
    situations: frozenset[str] = frozenset()
    settings: Mapping[str, Setting] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Divergence:
    """One entry. `id` is the spec's, or "prod at nan, tiny"; `where` is the line it stands on: "jax.toml:12"."""

    id: str
    where: str
    does: str
    why: str
    source: str
    op: str = ""
    point: Point = "anywhere"
    modes: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    within: float = 0.0
    layouts: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    chances: int = CHANCES
    says: str = ""
    when: str = ""
    settings: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict, hash=False)
    strict: bool = True
    """Is it stale when it does not happen? What is known of torch need not happen in torch-compile."""

    def holds(self, case: Case) -> bool:
        """Does it speak of such a case?"""
        return self.at(case.point, case.mode) and self.fits(case)

    def fits(self, case: Case) -> bool:
        """Does it speak of such a step, whatever is asked of it and at whatever point?"""
        return (
            self.op in (case.op, "*")
            and (not self.within or case.far <= self.within)
            and self.says in case.said
            and (not self.when or self.when in case.situations)
            and all(case.settings.get(name) in held for name, held in self.settings.items())
            and self.among(case.dtype, case.layouts, case.values)
        )

    def at(self, point: Point, mode: str) -> bool:
        """Does it speak of such a question at such a point?"""
        return self.point in (point, "anywhere") and mode in self.modes

    def among(self, dtype: str, layouts: frozenset[str], values: frozenset[str]) -> bool:
        """Does it speak of such numbers, whatever is asked of them?"""
        return (
            (not self.dtypes or dtype in self.dtypes)
            and (not self.layouts or not layouts.isdisjoint(self.layouts))
            and (not self.values or not values.isdisjoint(self.values))
        )


@dataclass
class Known:
    """The entries that hold for one backend, with how often each was met and how often it happened."""

    entries: tuple[Divergence, ...] = ()
    met: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    _by_op: dict[str, tuple[Divergence, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _asked: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def spec(self, id: str) -> Divergence | None:
        """The entry for the spec `id`."""
        return next((entry for entry in self.entries if not entry.op and entry.id == id), None)

    def op(self, case: Case) -> Divergence | None:
        """The entry for such a case."""
        return next((entry for entry in self.speaks_of(case.op) if entry.holds(case)), None)

    def speaks_of(self, op: str) -> tuple[Divergence, ...]:
        """The entries for an op, those for every op included."""
        if op not in self._by_op:
            self._by_op[op] = tuple(entry for entry in self.entries if entry.op in (op, "*"))
        return self._by_op[op]

    def asks(self, op: str) -> frozenset[str]:
        """The situations that the entries for an op name."""
        if op not in self._asked:
            self._asked[op] = frozenset(entry.when for entry in self.speaks_of(op) if entry.when)
        return self._asked[op]

    def stale(self) -> list[str]:
        """A line for each op's entry that had its chances and did not happen, saying which line to delete."""
        return [
            f"{entry.where}: {entry.id} was met {self.met[entry.id]} times and never happened. Delete this entry."
            for entry in self.entries
            if entry.op and entry.strict and self.met[entry.id] >= entry.chances and not self.happened[entry.id]
        ]


NOTHING = Known()
"""An engine of which nothing is known."""


def load(backend: str, versions: Mapping[str, str]) -> Known:
    """What is known of the backend called `backend` in these versions (those it gives itself).

    The file lies beside the adapter's module and has the engine's name: none, nothing known. What is known of an
    engine may happen in those that are made of it as well: "torch" in "torch-compile".
    """
    engine = backend.partition(":")[0]
    root = engine.partition("-")[0]
    entries = _entries(registry.beside(backend), versions)
    if root != engine and root in registry.registered():
        entries += tuple(replace(entry, strict=False) for entry in _entries(registry.beside(root), versions))
    return Known(entries)


def _entries(path: Path | None, versions: Mapping[str, str]) -> tuple[Divergence, ...]:
    return read(path, versions).entries if path is not None and path.exists() else ()


def read(path: Path, versions: Mapping[str, str]) -> Known:
    """The entries of one file that hold for these versions; BrokenBackend with the line of what cannot be read."""
    text = path.read_text(encoding="utf-8")
    try:
        table = msgspec.convert(tomllib.loads(text), _Table)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BrokenBackend(f"{path.name}: {error}. See the head of judge/known.py for the form of an entry.") from None
    version, device = (versions.get(path.stem.partition("-")[0], ""), versions.get("device", "").partition(":")[0])

    def now(entry: _Entry) -> bool:
        return matches(version, entry.versions) and (not entry.devices or device in entry.devices)

    lines = {
        kind: [n for n, line in enumerate(text.splitlines(), 1) if line.strip() == f"[[{kind}]]"]
        for kind in ("spec", "op")
    }
    found = [
        Divergence(entry.id, f"{path.name}:{line}", entry.does, entry.why, entry.source)
        for entry, line in zip(table.spec, lines["spec"], strict=True)
        if now(entry)
    ]
    found += [
        Divergence(
            _named(one),
            f"{path.name}:{line}",
            one.does,
            one.why,
            one.source,
            one.op,
            one.where,
            one.modes,
            one.dtypes,
            one.within,
            one.layouts,
            one.values,
            one.chances,
            one.says,
            one.when,
            one.settings,
        )
        for one, line in zip(table.op, lines["op"], strict=True)
        if now(one)
    ]
    return Known(tuple(found))


def matches(version: str, wanted: str) -> bool:
    """Does `version` ("2.13.0+cpu") satisfy every clause of `wanted` (">=2.11, <3")? Of an empty `wanted`: yes."""
    return all(_clause(_numbers(version), clause.strip()) for clause in wanted.split(",") if clause.strip())


def _clause(version: tuple[int, ...], clause: str) -> bool:
    found = re.fullmatch(r"(>=|<=|==|!=|>|<)\s*([\d.]+)", clause)
    if found is None:
        raise BrokenBackend(
            f"a version clause {clause!r} cannot be read. Write >=, <=, ==, !=, > or < and numbers: '>=2.11'."
        )
    bound = _numbers(found[2])
    width = max(len(version), len(bound))
    a, b = (numbers + (0,) * (width - len(numbers)) for numbers in (version, bound))
    return {">=": a >= b, "<=": a <= b, "==": a == b, "!=": a != b, ">": a > b, "<": a < b}[found[1]]


def _numbers(version: str) -> tuple[int, ...]:
    """The release part: (2, 13, 0) of "2.13.0a1+cpu"."""
    release = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in release[0].split(".")) if release else ()


def _named(one: _Op) -> str:
    places = {"kink": "at a kink", "nan": "at nan or infinity", "error": "refusing", "shape": "in shape",
              "dtype": "in dtype", "promotion": "where dtypes meet", "anywhere": "anywhere"}  # fmt: skip
    twice = ("second order",) if SECOND_ORDER.issuperset(one.modes) else ()
    corner = (*twice, *one.values, *one.layouts, *((one.when,) if one.when else ()))
    return ", ".join((f"{one.op} {places[one.where]}", *corner))
