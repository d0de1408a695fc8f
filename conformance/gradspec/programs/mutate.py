"""Let a program that grows do more than compute: view, write in place, detach, put on hooks, call custom Functions.

`mutated` adds one such step, where the program's Memory allows it: then an engine must take it. A Kind
is one thing that can be done. `modes_of` are the questions that may be asked of what came of it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace

from .. import catalogue
from ..catalogue import dtypes, graph, memory
from ..catalogue.intervals import farthest, hull
from ..catalogue.model import Op, Shape
from .build import LIMIT, MODEST, Builder, Choices, Value, fits
from .memory import Memory, Unwritable
from .model import MODES as EVERY
from .model import SECOND_ORDER, Mode
from .pool import Application, applications_at

TRIES = 3
"""How many ops, or tensors, are tried before nothing is done."""

HOOKS = tuple(op for op in graph.OPS if op.act and op.name != "retain_grad")
FUNCTIONS = tuple(op for op in graph.OPS if op.name.startswith("function."))
GRAPH = frozenset(op.name for op in graph.OPS)
WRITERS = tuple(op for op in graph.OPS if "in_place" in op.extra)

MODES: frozenset[Mode] = frozenset({"reverse", "forward", "reverse-reverse", "accumulate", "subset", "penalty"})
"""What may be asked of a program that writes or hooks: the modes that run it as it stands, on a tape."""

Kind = Callable[[Builder, Sequence[Op], Choices], bool]
"""Adds a step to the builder, if it can: (builder, the ops that may be drawn, choices) -> did it?"""


def mutated(builder: Builder, ops: Sequence[Op], choices: Choices) -> bool:
    """Add a step of some Kind; False, and nothing done, for the simplest choice or where there is no place for it."""
    kinds: tuple[Kind | None, ...] = (
        None, None, None, None, None, view, view, view, write, write, write, write, detach, hook, function, frozen,
    )  # fmt: skip
    kind = kinds[choices.below(len(kinds))]
    if kind is None:
        return False
    before = list(builder.values)
    if kind(builder, ops, choices):
        return True
    builder.values[:] = before
    return False


def view(builder: Builder, ops: Sequence[Op], choices: Choices) -> bool:
    """A view, mostly of what may be written."""
    table = [*(op for op in ops if op.name in memory.VIEWS), catalogue.get("view")]
    state = builder.memory()
    order = sorted(builder.anchors(choices), key=lambda n: bool(state.tensors[n].storage.closed))
    op = table[choices.below(len(table))]
    for n in order[:TRIES]:
        if options := applications_at(op, 0, builder.values[n].shape, builder.empties):
            return append(builder, options[choices.below(len(options))], [n])
    return False


def write(builder: Builder, ops: Sequence[Op], choices: Choices) -> bool:
    """An op whose result is written into its first argument, now and then under no_grad."""
    state = builder.memory()
    targets = [n for n in reversed(range(len(builder.values))) if writable(state, n)]
    if not targets:
        return view(builder, ops, choices)
    if choices.below(2):
        targets.sort(key=lambda n: not state.tensors[n].path)
    target = targets[choices.below(len(targets))]
    grad = not choices.once_in(5)
    simple = choices.below(4)
    table = [op for op in (WRITERS if simple == 0 else ops) if simple > 1 or memory.in_place(op)]
    start = choices.below(len(table))
    for turn in range(TRIES):
        op = table[(start + turn * 7) % len(table)]
        before = list(builder.values)
        if written(builder, op, target, grad, choices):
            return True
        builder.values[:] = before
    return False


def written(builder: Builder, op: Op, target: int, grad: bool, choices: Choices) -> bool:
    """`op` on the target and others, in place."""
    shape = builder.values[target].shape
    if not (op in WRITERS or dtypes.takes(op, builder.values[target].dtype)) or not (
        options := keeping_shape(op, shape)
    ):
        return False
    application = options[choices.below(len(options))]
    args = [target]
    for other, slot in zip(application.shapes[1:], op.slots[1:], strict=True):
        args.append(builder.fit(builder.choose(other, slot, choices), slot, MODEST, choices))
    return append(builder, application, args, write=True, grad=grad)


def detach(builder: Builder, ops: Sequence[Op], choices: Choices) -> bool:
    """What shares memory with a tensor and not its history."""
    return on(builder, "detach", builder.anchors(choices))


def hook(builder: Builder, ops: Sequence[Op], choices: Choices) -> bool:
    """A hook that changes the gradient, or the retaining of a gradient."""
    if choices.once_in(4):
        return on(builder, "retain_grad", [n for n in builder.anchors(choices) if builder.values[n].leaf is None])
    op = HOOKS[choices.below(len(HOOKS))]
    if builder.dtype in dtypes.COMPLEX:  # a complex number is not clipped
        op = catalogue.get("hook.scale")
    return on(builder, op.name, builder.anchors(choices), choices.below(16))


def function(builder: Builder, ops: Sequence[Op], choices: Choices) -> bool:
    """A custom Function."""
    op = FUNCTIONS[choices.below(len(FUNCTIONS))]
    if builder.dtype in dtypes.COMPLEX and op.name == "function.clip":
        return False
    return builder.add(op, choices)


def frozen(builder: Builder, ops: Sequence[Op], choices: Choices) -> bool:
    """An ordinary op under no_grad."""
    plain = [op for op in ops if memory.fresh(op)]
    if not plain or not builder.add(plain[choices.below(len(plain))], choices):
        return False
    made = builder.values[-1]
    builder.values[-1] = replace(made, grad=False)
    return True


def on(builder: Builder, name: str, where: Sequence[int], setting: int = 0) -> bool:
    """A graph op of one tensor on the first of the values `where` that allows it."""
    op = catalogue.get(name)
    for n in where[:TRIES]:
        shape = builder.values[n].shape
        options = op.settings([shape])
        if append(builder, Application(op, (shape,), options[setting % len(options)], shape), [n]):
            return True
    return False


def append(builder: Builder, application: Application, args: Sequence[int], **how: bool) -> bool:
    """Append the step if it stays in bounds and engines must take it."""
    op, values = application.op, builder.values
    given = [values[n] for n in args]
    writes = how.get("write", False)
    if writes and not suits(op, given):
        return False
    dtype = given[0].dtype
    intervals = [value.interval for value in given]
    bounds = (lambda *a: dtypes.reach(op, *a)) if dtype in dtypes.COMPLEX else op.bounds
    reach = bounds(intervals, application.shapes, application.settings)
    if reach is None or farthest(reach) > LIMIT:
        return False
    wild = any(value.wild for value in given)
    values.append(Value(application.result, reach, dtype, None, op, tuple(args), application.settings, wild, **how))
    try:
        state = builder.memory()
    except Unwritable:
        values.pop()
        return False
    if writes:  # whoever shares the memory may see any of it
        for n, tensor in enumerate(state.tensors):
            if tensor.storage is state.tensors[-1].storage:
                values[n] = replace(values[n], interval=hull((values[n].interval, reach), (), {}),
                                     wild=values[n].wild or wild)  # fmt: skip
    return True


def suits(op: Op, given: Sequence[Value]) -> bool:
    """May `op` write its result over the first of these? The dtype must stay, and the numbers lie in the domain."""
    target = given[0]
    promoted = dtypes.promoted([value.dtype for value in given], [value.shape for value in given])
    strange = any(value.dtype != target.dtype for value in given) and op.name not in dtypes.PROMOTING
    tame = dtypes.wild(op) or not any(value.wild for value in given)
    inside = all(fits(value.interval, slot.domain, LIMIT) for value, slot in zip(given, op.slots, strict=True))
    return promoted == target.dtype and not strange and tame and inside


def writable(state: Memory, n: int) -> bool:
    """May a value be written?"""
    return not state.tensors[n].storage.closed and not state.tensors[n].overlaps


@functools.cache
def keeping_shape(op: Op, shape: Shape) -> tuple[Application, ...]:
    """The ways to apply `op` to a first argument of this shape that have a result of the same shape."""
    if op in WRITERS:
        others = [(shape,)] if op.arity == 1 else [(shape, other) for other in dict.fromkeys((shape, ()))]
        return tuple(Application(op, shapes, settings, shape) for shapes in others for settings in op.settings(shapes))
    return tuple(way for way in applications_at(op, 0, shape, 0 in shape) if way.result == shape)


def modes_of(builder: Builder) -> frozenset[Mode]:
    """The questions that what is done to tensors allows."""
    steps = [value for value in builder.values if value.op is not None]
    names = {value.op.name for value in steps if value.op is not None}
    if "retain_grad" in names:
        return frozenset({"reverse"})
    if all(value.grad and not value.write for value in steps) and names.isdisjoint(GRAPH):
        return frozenset(EVERY)
    fitting = MODES - SECOND_ORDER if builder.memory().once else MODES
    return fitting if all(value.grad for value in steps) else fitting - {"forward"}  # no_grad does not stop tangents
