"""The numbers of a program: the same bits for the same program on every machine and NumPy version.

A value class turns raw 64-bit words of PCG64 into numbers between `low` and `high`. Inputs have
theirs from the Input; a Question's cotangents, tangents and second tangents are always generic.

Only the raw words of the generator are used (NumPy promises their stream); what they become is
computed here, with one rounding, because the methods of numpy.random.Generator may change.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..errors import BrokenProgram, UnknownName
from .model import Input, Program, Question

BITS = 23
"""Bits of a generic value: with `low` and `high` like -2 and 2 it is exact in float32 too."""

INPUT, COTANGENT, TANGENT, SECOND = range(4)
"""What a stream of words is for, so that equal seeds do not give equal numbers."""


def words(role: int, seed: int, index: int, count: int) -> np.ndarray:
    """`count` raw 64-bit words for the `index`-th tensor of a role."""
    return np.random.PCG64(np.random.SeedSequence((role, seed, index))).random_raw(count)


def generic(raw: np.ndarray, low: float, high: float) -> np.ndarray:
    """Odd multiples of (high - low) / 2**24 above `low`: never an end, the middle, zero or one."""
    return low + (high - low) * (((raw >> np.uint64(64 - BITS)) * 2 + 1) * 2.0 ** -(BITS + 1))


def integers(raw: np.ndarray, low: float, high: float) -> np.ndarray:
    """The integers from `low` to `high` (the middle, where there is none)."""
    first, last = int(np.ceil(low)), int(np.floor(high))
    if last < first:
        return np.full(raw.shape, (low + high) / 2)
    return first + ((raw >> np.uint64(32)) % np.uint64(last - first + 1)).astype(np.float64)


def ties(raw: np.ndarray, low: float, high: float) -> np.ndarray:
    """One of three numbers inside, so that equal elements abound."""
    return low + (high - low) * ((raw >> np.uint64(32)) % np.uint64(3) + 1) / 4


def zeros(raw: np.ndarray, low: float, high: float) -> np.ndarray:
    """Generic, but every third element is zero (or the end nearest to it)."""
    zero = min(max(0.0, low), high)
    return np.where(raw % np.uint64(3) == 0, zero, generic(raw, low, high))


def edges(raw: np.ndarray, low: float, high: float) -> np.ndarray:
    """The two ends and what lies just inside."""
    inside = (high - low) / 1024
    return np.array([low, high, low + inside, high - inside])[(raw >> np.uint64(62)).astype(np.intp)]


CLASSES: dict[str, Callable[[np.ndarray, float, float], np.ndarray]] = {
    "generic": generic,
    "integers": integers,
    "ties": ties,
    "zeros": zeros,
    "edges": edges,
}


def inputs(program: Program) -> list[np.ndarray]:
    """Every input's value, in order, each with its shape and dtype."""
    return [materialise(leaf) for leaf in program.inputs]


def cotangents(program: Program, question: Question) -> list[np.ndarray]:
    """One cotangent per output, in the outputs' order."""
    return [_generic(COTANGENT, question.seed, n, *program.meta(out)) for n, out in enumerate(program.outputs)]


def tangents(program: Program, question: Question) -> list[np.ndarray]:
    """One tangent per input that requires grad, in the inputs' order."""
    return _per_input(TANGENT, program, question)


def second(program: Program, question: Question) -> list[np.ndarray]:
    """The weights w of d<w, g> in reverse-reverse: one per input that requires grad, in order."""
    return _per_input(SECOND, program, question)


def materialise(leaf: Input) -> np.ndarray:
    """The value of one input; raises UnknownName for its value class, BrokenProgram for bad exact values.

    An expanded layout repeats one slice along the first dimension, and so do the values.
    """
    count = int(np.prod(leaf.shape, dtype=np.int64))
    if leaf.exact is not None:
        return _exact(leaf, count)
    if leaf.values not in CLASSES:
        raise UnknownName.of("value class", leaf.values, CLASSES)
    raw = words(INPUT, leaf.seed, 0, count)
    array = _typed(CLASSES[leaf.values](raw, leaf.low, leaf.high), leaf.shape, leaf.dtype)
    return np.repeat(array[:1], leaf.shape[0], axis=0) if leaf.layout == "expanded" and leaf.shape else array


def hexed(array: np.ndarray) -> tuple[str, ...]:
    """The elements of a real array as exact hexadecimal floats: what Input.exact holds."""
    return tuple(float(x).hex() for x in array.reshape(-1))


def _exact(leaf: Input, count: int) -> np.ndarray:
    try:
        flat = np.array([_number(text) for text in leaf.exact or ()])
    except ValueError as error:
        raise BrokenProgram(f"an input's exact values: {error}. Write them as float.hex() does.") from None
    if flat.size != count:
        raise BrokenProgram(f"an input of shape {leaf.shape} has {flat.size} exact values; it needs {count}.")
    return _typed(flat, leaf.shape, leaf.dtype)


def _number(text: str) -> complex | float:
    parts = [float.fromhex(part) for part in text.split(",")]
    return parts[0] if len(parts) == 1 else complex(*parts)


def _generic(role: int, seed: int, index: int, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    raw = words(role, seed, index, int(np.prod(shape, dtype=np.int64)))
    return _typed(generic(raw, -2.0, 2.0), shape, dtype)


def _per_input(role: int, program: Program, question: Question) -> list[np.ndarray]:
    leaves = [leaf for leaf in program.inputs if leaf.requires_grad]
    return [_generic(role, question.seed, n, leaf.shape, leaf.dtype) for n, leaf in enumerate(leaves)]


def _typed(flat: np.ndarray, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    try:
        return flat.astype(dtype).reshape(shape)
    except TypeError:
        raise BrokenProgram(
            f"dtype {dtype!r} has no NumPy form. A program's inputs are float64, float32, ..."
        ) from None
