"""Grow a program one step at a time, valid by construction: shapes fit and values stay where ops are smooth.

A Builder holds what exists so far. `add` applies an op to an existing tensor and to others or fresh
leaves; an argument that lies outside the op's domain, or might overflow, is first squashed by a
bounded function. Choices are read from bytes, 0 the simplest.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from .. import catalogue
from ..catalogue import dtypes
from ..catalogue.intervals import farthest
from ..catalogue.model import Interval, Op, Shape, Slot
from .memory import Memory
from .model import Input, Program, Question, Step
from .pool import Application, applications_at, nonempty, with_empty

LIMIT = 256.0
"""No value of a program may be larger: far from overflow, whatever comes next."""

MODEST = 2.125
"""What is asked of the arguments where the result of larger ones might pass LIMIT."""

ROOM = 1 / 16
"""The distance kept from the finite ends of a domain, which are poles or infinite slopes."""

SQUASHES = (("tanh",), ("sin",), ("sigmoid",), ("tanh", "sigmoid"), ("sin", "exp"), ("sin", "sigmoid", "exp"))
"""Bounded smooth functions, and chains of them, that bring a value into most domains."""

LAYOUTS: Mapping[str, Callable[[Shape], bool]] = {
    "contiguous": lambda _: True,
    "transposed": lambda shape: min(shape[-2:], default=0) > 1 and len(shape) > 1,
    "strided": lambda shape: math.prod(shape) > 1,
    "offset": lambda shape: math.prod(shape) > 0,
    "expanded": lambda shape: math.prod(shape) > 1 and shape[0] > 1,
    "channels-last": lambda shape: min(math.prod(shape[1:2]), math.prod(shape[2:])) > 1 and math.prod(shape) > 0,
}
"""The layouts, and whether a tensor of some shape that is stored so is stored otherwise than plainly."""

MIXED = "mixed"
"""The dtype of programs in which float32 meets float64."""

BESIDE = {f"with-{dtype}": dtype for dtype in dtypes.BESIDE}
"""The dtypes of programs in which integers, or truth values, meet float64."""

FEW: frozenset[Shape] = frozenset({(), (3,), (2, 3), (1, 3), (3, 3), (2, 3, 3)})
"""The shapes that programs of the rarer dtypes begin with, so that a compiling engine meets each of them again."""


@dataclass
class Choices:
    """Bytes read as a sequence of choices; when they are used up, every choice is the first.

    Each choice has bytes of its own, and a smaller byte is an earlier option: so a shrinker that
    lowers one byte makes one choice simpler and leaves the others alone.
    """

    data: bytes
    at: int = 0

    def below(self, count: int) -> int:
        """A choice among `count`: from one byte, or from two where there are many."""
        width = 1 if count <= 16 else 2
        number = int.from_bytes(self.data[self.at : self.at + width].ljust(width, b"\0"))
        self.at += width
        return number * count >> 8 * width

    def once_in(self, count: int) -> bool:
        """True for one number in `count`, never for the simplest."""
        return self.below(count) == count - 1


@dataclass(frozen=True)
class Value:
    """A tensor of the program: a leaf, or the result of an op on earlier values (by their place).

    A `wild` one may lie outside its interval: some input behind it is of a class that does.
    """

    shape: Shape
    interval: Interval
    dtype: str
    leaf: Input | None = None
    op: Op | None = None
    args: tuple[int, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    wild: bool = False
    write: bool = False
    grad: bool = True


@dataclass
class Builder:
    """The program so far."""

    dtype: str
    """That of every leaf, or MIXED, or one of BESIDE."""
    seed: int
    empties: bool = False
    """May sizes be 0?"""
    classes: tuple[str, ...] = ("generic",)
    """The value classes of the leaves."""
    layout: str = ""
    """The layout of most leaves; "" for now and then another."""
    values: list[Value] = field(default_factory=list)

    def add(self, op: Op, choices: Choices) -> bool:
        """Apply `op`, to what exists where something fits; False if its result could not be kept in bounds."""
        found = self.placed(op, choices)
        if found is None:
            return False
        application, at, anchor = found
        before = len(self.values)
        args = [
            anchor if n == at else self.choose(shape, slot, choices)
            for n, (shape, slot) in enumerate(zip(application.shapes, op.slots, strict=True))
        ]
        complex = self.dtype in dtypes.COMPLEX
        for limit in (LIMIT, MODEST):
            fitted = [self.fit(a, slot, limit, choices) for a, slot in zip(args, op.slots, strict=True)]
            fitted = self.suited(fitted, op, choices)
            intervals = [self.values[a].interval for a in fitted]
            reach = (dtypes.reach(op, intervals, application.shapes, application.settings) if complex
                     else op.bounds(intervals, application.shapes, application.settings))  # fmt: skip
            if reach is not None and farthest(reach) <= LIMIT:
                self.values.append(
                    Value(
                        application.result,
                        reach,
                        dtypes.promoted([self.values[a].dtype for a in fitted], application.shapes),
                        None,
                        op,
                        tuple(fitted),
                        application.settings,
                        any(self.values[a].wild for a in fitted),
                    )
                )
                if self.dtype in BESIDE:
                    self.whole(op, fitted, before, choices)
                return True
        del self.values[before:]
        return False

    def whole(self, op: Op, args: Sequence[int], before: int, choices: Choices) -> None:
        """Make integers of an argument that is new since `before`, where the op takes some beside its other ones."""
        dtype = BESIDE[self.dtype]
        fresh = [
            n for n, slot in zip(args, op.slots, strict=True)
            if n >= before and self.values[n].leaf is not None and holds(slot.domain, dtype) and {*args} > {n}
        ]  # fmt: skip
        if fresh and op.name in dtypes.BESIDE[dtype]:
            at = fresh[choices.below(len(fresh))]
            value, leaf = self.values[at], self.values[at].leaf
            assert leaf is not None
            low, high = (0.0, 1.0) if dtype == "bool" else value.interval
            leaf = replace(leaf, dtype=dtype, values="integers", low=low, high=high, requires_grad=False)
            self.values[at] = Value(value.shape, value.interval, dtype, leaf)

    def placed(self, op: Op, choices: Choices) -> tuple[Application, int, int] | None:
        """An application of `op`, one of its slots, and the existing value to put there (or a new leaf)."""
        anchors, slot = self.anchors(choices), choices.below(op.arity)
        for anchor in anchors:
            for shift in range(op.arity):
                at = (slot + shift) % op.arity
                if options := applications_at(op, at, self.values[anchor].shape, self.empties):
                    return options[choices.below(len(options))], at, anchor
        if not (options := (self.empties and with_empty(op)) or nonempty(op)):
            return None
        options = tuple(a for a in options if LAYOUTS[self.layout or "contiguous"](a.shapes[slot])) or options
        if self.dtype not in ("float64", "float32", *BESIDE):
            options = tuple(a for a in options if FEW.issuperset(a.shapes)) or options[:1]
        application = options[choices.below(len(options))]
        return application, slot, self.leaf(application.shapes[slot], op.slots[slot].domain, choices)

    def anchors(self, choices: Choices) -> list[int]:
        """The values in the order in which an op is tried on them: the latest first, then from anywhere.

        Numbers come after tensors, mostly: else whatever follows a loss would be a chain on one number.
        """
        order = [n for n in reversed(range(len(self.values))) if self.values[n].dtype in dtypes.DTYPES]
        if not choices.once_in(6):
            order.sort(key=lambda n: self.values[n].shape == ())
        start = choices.below(len(order) or 1)
        return order[start:] + order[:start]

    def choose(self, shape: Shape, slot: Slot, choices: Choices) -> int:
        """An existing value of this shape, the latest first, or a new leaf."""
        floats = [n for n, value in enumerate(self.values) if value.dtype in dtypes.DTYPES]
        same = [n for n in reversed(floats) if self.values[n].shape == shape]
        if len(same) == 1 and choices.below(4):  # else most pairs would be one tensor twice
            same = []
        pick = choices.below(len(same) + 1)
        return same[pick] if pick < len(same) else self.leaf(shape, slot.domain, choices)

    def leaf(self, shape: Shape, domain: Interval, choices: Choices, dtype: str = "", tame: bool = False) -> int:
        """A new leaf inside `domain`, or of a class that reaches its ends or leaves it (never if `tame`)."""
        interval = low, high = inside(domain)
        if self.layout:
            layout = self.layout if choices.below(4) else "contiguous"
        else:
            layout = list(LAYOUTS)[1 + choices.below(len(LAYOUTS) - 1)] if choices.once_in(8) else "contiguous"
        if not LAYOUTS[layout](shape):
            layout = "contiguous"
        numbers = self.classes[choices.below(len(self.classes))]
        if tame and numbers in dtypes.UNTAMED:
            numbers = "generic"
        if numbers == "edges":  # those of the domain, where it has any
            low, high = (end if math.isfinite(end) else near for end, near in zip(domain, interval, strict=True))
        leaf = Input(
            shape,
            dtype or self.drawn(choices),
            layout,
            numbers,
            low=low,
            high=high,
            seed=self.seed + len(self.values),
            requires_grad=not choices.once_in(8),
        )
        wild = numbers in dtypes.UNTAMED
        self.values.append(Value(shape, interval, leaf.dtype, leaf, wild=wild))
        return len(self.values) - 1

    def drawn(self, choices: Choices) -> str:
        """The dtype of a new leaf."""
        if self.dtype == MIXED:
            return ("float64", "float32")[choices.below(2)]
        return "float64" if self.dtype in BESIDE else self.dtype

    def suited(self, args: Sequence[int], op: Op, choices: Choices) -> list[int]:
        """The arguments, with new leaves for those of a dtype or of a wildness that the op does not take."""
        tame, first = not dtypes.wild(op), self.values[args[0]].dtype
        found = []
        for at, slot in zip(args, op.slots, strict=True):
            value = self.values[at]
            strange = value.dtype != first and op.name not in dtypes.PROMOTING
            if strange or (tame and value.wild):
                at = self.leaf(value.shape, slot.domain, choices, "" if op.name in dtypes.PROMOTING else first, tame)
            found.append(at)
        return found

    def fit(self, at: int, slot: Slot, limit: float, choices: Choices) -> int:
        """The value, or what it becomes when it is brought inside the slot's domain and below `limit`."""
        value = self.values[at]
        if fits(value.interval, slot.domain, limit):
            return at
        if value.dtype in dtypes.COMPLEX:  # no function is bounded there
            return self.leaf(value.shape, slot.domain, choices)
        start = choices.below(len(SQUASHES))
        for turn in range(len(SQUASHES)):
            chain = SQUASHES[(start + turn) % len(SQUASHES)]
            intervals = squashed(chain, value.interval)
            if fits(intervals[-1], slot.domain, limit):
                for name, interval in zip(chain, intervals, strict=True):
                    op = catalogue.get(name)
                    self.values.append(Value(value.shape, interval, value.dtype, None, op, (at,), wild=value.wild))
                    at = len(self.values) - 1
                return at
        return self.leaf(value.shape, slot.domain, choices)

    def program(self, questions: tuple[Question, ...]) -> Program:
        """The program: inputs are numbered first, and the outputs are the results that no later step uses."""
        used = {a for value in self.values for a in value.args}
        leaves = [n for n, value in enumerate(self.values) if value.leaf is not None and n in used]
        steps = [n for n, value in enumerate(self.values) if value.op is not None]
        number = {n: place for place, n in enumerate([*leaves, *steps])}
        outputs = self.outputs()
        inputs = [leaf for n in leaves if (leaf := self.values[n].leaf)]
        if not self.tracked().issuperset(outputs):  # an output without a gradient asks nothing: let all leaves have one
            inputs = [replace(leaf, requires_grad=leaf.dtype in dtypes.DTYPES) for leaf in inputs]
        return Program(
            tuple(inputs),
            tuple(
                Step(
                    op.name,
                    tuple(number[a] for a in value.args),
                    dict(value.settings),
                    value.shape,
                    value.dtype,
                    value.write,
                    value.grad,
                )
                for value in (self.values[n] for n in steps)
                if (op := value.op)
            ),
            tuple(number[n] for n in outputs),
            questions,
        )

    def outputs(self) -> list[int]:
        """The results that no later step uses, and every base that was written: who sees the write?"""
        plain = [n for n, value in enumerate(self.values) if value.op is not None and not value.op.act]
        used = {a for value in self.values if not (value.op and value.op.act) for a in value.args}
        ends = [n for n in plain if n not in used] or plain[-1:]
        if not any(value.write for value in self.values):
            return ends
        tensors = self.memory().tensors
        seen = [tensors[n] for n in ends]
        written = [t.base for t in tensors if t.storage.writes and t.base not in seen]
        return ends + [tensors.index(tensor) for tensor in dict.fromkeys(written)]

    def memory(self) -> Memory:
        """What shares memory, and what may be written; raises Unwritable where a step is not allowed."""
        state = Memory()
        for value in self.values:
            if value.leaf is not None:
                state.leaf(value.shape, value.leaf.requires_grad)
            elif value.op is not None:
                state.step(value.op, value.args, value.settings, value.shape, write=value.write, grad=value.grad)
        return state

    def tracked(self) -> set[int]:
        """The values that depend on a leaf that requires grad."""
        found: set[int] = set()
        for n, value in enumerate(self.values):
            if value.leaf.requires_grad if value.leaf is not None else not found.isdisjoint(value.args):
                found.add(n)
        return found


def takes(op: Op, dtype: str) -> bool:
    """May an op be shown in a program of this dtype?"""
    if dtype in BESIDE:
        return op.name in dtypes.BESIDE[BESIDE[dtype]]
    return op.name in dtypes.PROMOTING if dtype == MIXED else dtypes.takes(op, dtype)


def inside(domain: Interval) -> Interval:
    """Where a leaf's values lie: within [-2, 2] if the domain has it, on eighths, clear of its finite ends."""
    low, high = domain
    low = math.ceil((low + ROOM) * 8) / 8 if math.isfinite(low) else -math.inf
    high = math.floor((high - ROOM) * 8) / 8 if math.isfinite(high) else math.inf
    if low > 0:  # half-open on the right: a stretch beside the end
        return low, min(high, low + 2)
    return max(low, -2.0), min(high, 2.0)


def holds(domain: Interval, dtype: str) -> bool:
    """Are there numbers of this dtype, int64 or bool, where a leaf's values lie? Of truth values, both."""
    low, high = inside(domain)
    return low <= 0 and high >= 1 if dtype == "bool" else math.ceil(low) <= math.floor(high)


def fits(interval: Interval, domain: Interval, limit: float) -> bool:
    """Does the interval lie in the domain, clear of its finite ends, and below `limit`?"""
    return domain[0] + ROOM <= interval[0] and interval[1] <= domain[1] - ROOM and farthest(interval) <= limit


@functools.lru_cache(maxsize=4096)
def squashed(chain: tuple[str, ...], interval: Interval) -> tuple[Interval, ...]:
    """The intervals after each op of the chain."""
    found = []
    for name in chain:
        interval = catalogue.get(name).bounds((interval,), ((),), {}) or (-math.inf, math.inf)
        found.append(interval)
    return tuple(found)
