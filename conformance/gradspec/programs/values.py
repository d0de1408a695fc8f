"""The numbers of a program: the same bits for the same program on every machine and NumPy version.

A value class turns raw 64-bit words of PCG64 into numbers between `low` and `high`. Inputs have
theirs from the Input; a Question's cotangents, tangents and second tangents are always generic, and
which inputs and outputs a `subset` or a `jacobian` is about follows from its seed as well.

Only the raw words of the generator are used (NumPy promises their stream); what they become is
computed here, with one rounding, because the methods of numpy.random.Generator may change.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np

from ..errors import BrokenProgram, UnknownName
from .model import Input, Program, Question

BITS = 23
"""Bits of a generic value: with `low` and `high` like -2 and 2 it is exact in float32 too."""

HIGH, ONE = np.uint64(63 - BITS), np.uint64(1)

LARGEST = 2.0
"""Cotangents and tangents lie between this and its negative. A derivative grows with each of them."""

TOGETHER = 2
"""How many cotangents are asked at once, or one after the other."""

ENTRIES = 512
"""The largest jacobian that is asked for: most outputs of the pool by most inputs."""

COMPLEX = frozenset({"complex64", "complex128"})

INPUT, COTANGENT, TANGENT, SECOND, BATCH, CHOICE = range(6)
"""What a stream of words is for, so that equal seeds do not give equal numbers."""


def words(role: int, seed: int, index: int, count: int) -> np.ndarray:
    """`count` raw 64-bit words for the `index`-th tensor of a role."""
    named: tuple[int, int, int] | np.ndarray = (role, seed, index)
    if seed >> 32 == 0:  # the same words as of a tuple, which NumPy takes three times as long to make its array of
        named = np.array(named, np.uint32)
    return np.random.PCG64(np.random.SeedSequence(named)).random_raw(count)


def generic(raw: np.ndarray, low: float, high: float) -> np.ndarray:
    """Odd multiples of (high - low) / 2**24 above `low`: never an end, the middle, zero or one."""
    odd = (raw >> HIGH) | ONE
    return odd * ((high - low) * 2.0 ** -(BITS + 1)) + low


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


def signed_zeros(raw: np.ndarray, low: float, high: float) -> np.ndarray:
    """Generic, but of three elements one is 0 and one is -0 (or the end nearest to zero)."""
    zero = min(max(0.0, low), high)
    return np.select([raw % np.uint64(3) == 0, raw % np.uint64(3) == 1], [zero, -zero if zero == 0 else zero],
                     generic(raw, low, high))  # fmt: skip


def large(raw: np.ndarray, low: float, high: float) -> np.ndarray:
    """Magnitudes from 2**8 to 2**24, each as likely as its half: beyond what a program's steps are kept to."""
    return scaled(raw, low, high, 8 + raw % np.uint64(16))


def tiny(raw: np.ndarray, low: float, high: float) -> np.ndarray:
    """Magnitudes from 2**-20 down to 2**-148, where float32 has subnormal numbers only, and a few of 2**-1060."""
    exponent = np.where(raw % np.uint64(16) == 0, -1060.0, -20.0 - (raw % np.uint64(128)))
    return scaled(raw, low, high, exponent)


def infinities(raw: np.ndarray, low: float, high: float) -> np.ndarray:
    """Generic, but every third element is infinite."""
    return np.where(raw % np.uint64(3) == 0, scaled(raw, low, high, np.inf), generic(raw, low, high))


def nans(raw: np.ndarray, low: float, high: float) -> np.ndarray:
    """Generic, but every third element is nan."""
    return np.where(raw % np.uint64(3) == 0, np.nan, generic(raw, low, high))


def scaled(raw: np.ndarray, low: float, high: float, exponent: np.ndarray | float) -> np.ndarray:
    """A number between 1 and 2 times two to the `exponent`, of either sign that [low, high] has."""
    sign = np.where((raw >> np.uint64(63) == 0) & (high > 0) | (low >= 0), 1.0, -1.0)
    found: np.ndarray = sign * generic(raw << np.uint64(1), 1.0, 2.0) * np.exp2(exponent)
    return found


CLASSES: dict[str, Callable[[np.ndarray, float, float], np.ndarray]] = {
    "generic": generic,
    "integers": integers,
    "ties": ties,
    "zeros": zeros,
    "signed-zeros": signed_zeros,
    "edges": edges,
    "large": large,
    "tiny": tiny,
    "inf": infinities,
    "nan": nans,
}

WILD = frozenset({"large", "tiny", "inf", "nan"})
"""The classes whose numbers lie outside [low, high]."""


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
    """The direction w of a second derivative: one per input that requires grad, in order."""
    return _per_input(SECOND, program, question)


def batch(program: Program, question: Question) -> list[np.ndarray]:
    """Two cotangents per output, stacked along a new first dimension, in the outputs' order."""
    made = []
    for n, output in enumerate(program.outputs):
        shape, dtype = program.meta(output)
        made.append(_generic(BATCH, question.seed, n, (TOGETHER, *shape), dtype))
    return made


def subset(program: Program, question: Question) -> tuple[int, ...]:
    """The numbers of some inputs that require grad: never none, and all only where there is but one."""
    grads = program.differentiated
    chosen = 1 + _choice(question.seed) % max(1, 2 ** len(grads) - 2)
    return tuple(number for place, number in enumerate(grads) if chosen >> place & 1)


def pair(program: Program, question: Question) -> tuple[int, int] | None:
    """The place of an output and the number of an input for a jacobian of at most ENTRIES entries; None: none fits.

    An output that is computed from the input is preferred.
    """
    sizes = [math.prod(program.meta(n)[0]) for n in range(len(program.inputs) + len(program.steps))]
    fitting = [
        (place, number)
        for place, output in enumerate(program.outputs)
        for number in program.differentiated
        if sizes[output] * sizes[number] <= ENTRIES
    ]
    moving = [(place, number) for place, number in fitting if program.depends(program.outputs[place], number)]
    options = moving or fitting
    return options[_choice(question.seed) % len(options)] if options else None


def materialise(leaf: Input) -> np.ndarray:
    """The value of one input; raises UnknownName for its value class, BrokenProgram for bad exact values.

    An expanded layout repeats one slice along the first dimension, and so do the values.
    """
    count = math.prod(leaf.shape)
    if leaf.exact is not None:
        return _exact(leaf, count)
    if leaf.values not in CLASSES:
        raise UnknownName.of("value class", leaf.values, CLASSES)
    array = _drawn(INPUT, leaf.seed, 0, leaf.shape, leaf.dtype, CLASSES[leaf.values], leaf.low, leaf.high)
    return np.repeat(array[:1], leaf.shape[0], axis=0) if leaf.layout == "expanded" and leaf.shape else array


def hexed(array: np.ndarray) -> tuple[str, ...]:
    """The elements as exact hexadecimal floats ("re,im" of a complex one): what Input.exact holds."""
    if np.iscomplexobj(array):
        return tuple(f"{z.real.hex()},{z.imag.hex()}" for z in map(complex, array.reshape(-1)))
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


def _choice(seed: int) -> int:
    return int(words(CHOICE, seed, 0, 1)[0]) >> 32


def _generic(role: int, seed: int, index: int, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    return _drawn(role, seed, index, shape, dtype, generic, -LARGEST, LARGEST)


@functools.lru_cache(maxsize=128)
def _drawn(
    role: int,
    seed: int,
    index: int,
    shape: tuple[int, ...],
    dtype: str,
    numbers: Callable[[np.ndarray, float, float], np.ndarray],
    low: float,
    high: float,
) -> np.ndarray:
    """One tensor of a role, read-only: several questions are about the same; the parts of a complex one are two halves
    of its words.
    """
    count = math.prod(shape)
    flat = numbers(words(role, seed, index, count * (2 if dtype in COMPLEX else 1)), low, high)
    if dtype in COMPLEX:
        real, imaginary = flat[:count], flat[count:]
        flat = np.empty(count, np.complex128)
        flat.real, flat.imag = real, imaginary  # not `real + 1j * imaginary`, which makes nan of inf
    array = _typed(flat, shape, dtype)
    array.flags.writeable = False
    return array


def _per_input(role: int, program: Program, question: Question) -> list[np.ndarray]:
    leaves = [program.inputs[number] for number in program.differentiated]
    return [_generic(role, question.seed, n, leaf.shape, leaf.dtype) for n, leaf in enumerate(leaves)]


def _typed(flat: np.ndarray, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Rounded to the dtype; bfloat16, which NumPy lacks, in the float32 that it is the upper half of."""
    if dtype == "float64" and flat.dtype == np.float64:
        return flat.reshape(shape)
    try:
        with np.errstate(over="ignore", under="ignore"):
            typed = flat.astype("float32" if dtype == "bfloat16" else dtype)
    except TypeError:
        raise BrokenProgram(
            f"dtype {dtype!r} has no NumPy form. A program's inputs are float64, float32, ..."
        ) from None
    return (halved(typed) if dtype == "bfloat16" else typed).reshape(shape)


def halved(array: np.ndarray) -> np.ndarray:
    """float32 numbers rounded to the nearest that bfloat16 has, ties to even; nan stays nan."""
    bits = array.view(np.uint32)
    kept = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    return np.where(np.isnan(array), array, kept.view(np.float32))
