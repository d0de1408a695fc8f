"""Say which elements of an answer nobody promises: those that a derivative at a kink, or at infinity, reaches.

A Doubt holds the elements of one step's arguments at which its derivative is in doubt. Blurred runs the
reference with these derivatives blurred; which numbers of the answers change tells how far they reach: through an
elementwise chain a doubt stays with its element, through a sum or a product of matrices it spreads, and
where a later derivative is zero it ends. So an element beside a kink is judged like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import catalogue
from ..backends.refgrad import Refgrad
from ..catalogue import kinks
from ..catalogue.model import Op
from ..programs.model import Program, Step
from .tolerance import TINY

LINEAR = frozenset({"shaping", "indexing"})
"""The families whose derivative is the same everywhere, at infinity too."""

JUMPING = frozenset({"floor", "ceil", "trunc", "round", "sign", "hardshrink", "threshold", "masked_fill"})
CONTINUOUS = (kinks.SETTLED - JUMPING) | {
    "fmax", "fmin", "std", "sort", "topk", "kthvalue", "max.dim", "min.dim", "max_pool1d", "sinc", "normalize",
    "linalg.vector_norm", "linalg.matrix_norm", "linalg.eigvalsh", "linalg.svdvals", "cosine_similarity",
    "pairwise_distance", "renorm", "prelu", "rrelu", "clamp_min",
}  # fmt: skip
"""The ops with kinks that have no jumps: there a value is the same from either side."""

ROOTS = frozenset({"std", "linalg.vector_norm", "norm", "dist", "cdist", "pdist", "linalg.matrix_norm", "normalize",
                   "cosine_similarity", "pairwise_distance", "renorm", "linalg.cond", "linalg.eigvalsh",
                   "linalg.svdvals", "linalg.matrix_norm.ord", "linalg.matrix_norm.nuclear"})  # fmt: skip
"""The ops whose kink is that of a square root at 0, or of eigenvalues that meet, where a chain rule makes 0 / 0."""

EXACTING = frozenset({"arithmetic", "elementwise", "activation", "special", "shaping", "indexing", "reduction", "scan"})
"""The families whose values at infinity and nan follow from IEEE 754; of others nobody promises any
(torch, Numerical accuracy, "Extremal values")."""

FORMULAS = frozenset({"trapezoid", "cumulative_trapezoid", "lerp", "corrcoef", "cov", "renorm", "tanhshrink",
                      "mode"})  # fmt: skip
"""The ops among them whose value at infinity, where it cancels, is that of the formula chosen: infinite, or nan."""

Masks = tuple[np.ndarray, ...]
"""One array of booleans for each argument of a step."""


@dataclass(frozen=True)
class Doubt:
    """Where the derivative of one step is in doubt, for each of its arguments."""

    kinks: Masks
    """At a kink about which nothing is documented, or on which side of one is a matter of rounding."""
    settled: Masks
    """At a kink at which the documentation says what the derivative is."""
    edges: Masks
    """Where an argument is infinite, nan or at an end of the domain, or the result is not finite."""
    vanishing: Masks
    """Where an argument is subnormal, which an engine may take for zero (JAX, Sharp Bits), or at an edge of an op that
    promises no value there."""

    def __bool__(self) -> bool:
        return any(mask.any() for masks in (self.kinks, self.settled, self.edges, self.vanishing) for mask in masks)

    jumps: bool = False
    """Is the value in doubt as well, where the derivative is at a kink?"""

    @property
    def kinked(self) -> bool:
        """Is an argument close to a kink?"""
        return any(mask.any() for mask in (*self.kinks, *self.settled))


def doubts(program: Program, own: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> dict[int, Doubt]:
    """The doubts of a program by the index of the step, given every value at two precisions.

    A number that is the same at both was computed without rounding: every engine has it, and stands at the kink
    itself or clearly beside it.
    """
    found = {}
    for index, step in enumerate(program.steps):
        op = catalogue.get(step.op)
        args = [own[n] for n in step.args]
        exact = all(np.array_equal(own[n], other[n], equal_nan=True) for n in step.args)
        result = own[len(program.inputs) + index]
        dtypes = [program.meta(n)[1] for n in step.args]
        near = tuple(kinks.mask(op, [_widened(a, d) for a, d in zip(args, dtypes, strict=True)], step.settings))
        settled = exact and op.name in kinks.SETTLED
        nowhere = tuple(np.zeros(a.shape, bool) for a in args)
        outside = _edges(op, args, result)
        edges, near = (_both(outside, near), nowhere) if op.name in ROOTS else (outside, near)
        subnormal = tuple(_subnormal(a, dtype) for a, dtype in zip(args, dtypes, strict=True))
        doubt = Doubt(
            nowhere if settled else near,
            near if settled else nowhere,
            edges,
            subnormal if _exacting(op, args) else _both(outside, subnormal),
            op.name not in CONTINUOUS,
        )
        if doubt:
            found[index] = doubt
    return found


def _exacting(op: Op, args: Sequence[np.ndarray]) -> bool:
    """Is the value at infinity promised? That of a complex product is not: it may be nan in one of its parts."""
    return op.family in EXACTING and op.name not in FORMULAS and not any(np.iscomplexobj(a) for a in args)


def _widened(array: np.ndarray, dtype: str) -> np.ndarray:
    """bfloat16, which travels as float32, in a dtype that has about as few digits."""
    with np.errstate(over="ignore"):
        return array.astype("float16") if dtype == "bfloat16" else array


def _edges(op: Op, args: Sequence[np.ndarray], result: np.ndarray) -> Masks:
    if op.family in LINEAR:
        return tuple(np.zeros(a.shape, bool) for a in args)
    strange = []
    for array, slot in zip(args, op.slots, strict=True):
        outside = ~np.isfinite(array)
        if not np.iscomplexobj(array):
            low, high = slot.domain
            outside |= ((array <= low) & np.isfinite(low)) | ((array >= high) & np.isfinite(high))
        strange.append(outside)
    shape = kinks.together(*(a.shape for a in args))
    if kinks.elementwise(op) and shape == result.shape:
        anywhere = np.logical_or.reduce([np.broadcast_to(s, shape) for s in strange] + [~np.isfinite(result)])
        return tuple(kinks.upon(anywhere, a.shape) for a in args)
    spread = any(s.any() for s in strange) or not np.isfinite(result).all()
    return tuple(np.full(a.shape, spread) for a in args)


def _subnormal(array: np.ndarray, dtype: str) -> np.ndarray:
    parts = [array.real, array.imag] if np.iscomplexobj(array) else [array]
    found: np.ndarray = np.logical_or.reduce([(part != 0) & (np.abs(part) < TINY.get(dtype, 0.0)) for part in parts])
    return found


class Blurred(Refgrad):
    """The reference with the derivatives of some steps blurred at some elements.

    A doubt at a kink gets finite noise, which a zero derivative further on ends (one that is `settled` only where
    that is asked for); a doubt that may be infinite gets nan, which nothing ends: where a rule selects, another
    engine's multiplies by 0, and 0 * nan is nan. A value in doubt becomes another number.
    """

    def __init__(self, program: Program, doubts: Mapping[int, Doubt], *, settled: bool) -> None:
        super().__init__()
        self.doubts = {id(program.steps[index]): (index, doubt) for index, doubt in doubts.items()}
        self.settled = settled
        self.infinite = any(mask.any() for doubt in doubts.values() for mask in (*doubt.edges, *doubt.vanishing))
        self.blur = _function(self.torch)

    def apply(self, step: Step, args: Sequence[Any]) -> Any:
        """One step's value, with its derivative blurred."""
        made, op = super().apply(step, args), catalogue.get(step.op)
        elementwise = kinks.elementwise(op)
        if self.infinite and op.family not in LINEAR and not op.act:
            made = self.blur(made, args, [np.ones(tuple(x.shape), bool) for x in args], 0.0, elementwise)
        if id(step) not in self.doubts:
            return made
        index, doubt = self.doubts[id(step)]
        made = self.without(made, elementwise, _both(doubt.vanishing, doubt.kinks) if doubt.jumps else doubt.vanishing)
        finite = _both(doubt.kinks, doubt.settled) if self.settled else doubt.kinks
        for masks, noise in ((finite, _random(index)), (_both(doubt.edges, doubt.vanishing), np.nan)):
            made = self.blur(made, args, masks, noise, elementwise)
        return made

    def without(self, made: Any, elementwise: bool, masks: Masks) -> Any:
        """The result with another number where it depends on an argument whose value is in doubt."""
        shape = tuple(made.shape)
        lost = np.zeros(shape, bool)
        for mask in masks:
            lost |= np.broadcast_to(mask, shape) if elementwise else bool(mask.any())
        if not lost.any():
            return made
        other = self.torch.full(shape, STRANGE, dtype=made.dtype)
        return self.torch.where(self.torch.tensor(lost), other, made)


STRANGE = 1.6180339887498949
"""A number that no program computes: what stands for a value in doubt."""


def _both(some: Masks, others: Masks) -> Masks:
    return tuple(a | b for a, b in zip(some, others, strict=True))


def _random(index: int) -> float:
    """A number between 1 and 2 that no other number of the program is related to."""
    return 1.0 + int(np.random.PCG64(index + 1).random_raw() >> np.uint64(41)) / 2**23


def _function(torch: Any) -> Callable[..., Any]:
    """`made` again, as if it depended on the masked elements by `noise` more, in first and second derivatives."""

    class Nothing(torch.autograd.Function):  # type: ignore[misc]
        """Zeros, with the derivative of the identity."""

        @staticmethod
        def forward(_: Any, x: Any) -> Any:
            return torch.zeros_like(x)

        @staticmethod
        def backward(_: Any, g: Any) -> Any:
            return g

        @staticmethod
        def jvp(_: Any, t: Any) -> Any:
            return t.clone()

    class More(torch.autograd.Function):  # type: ignore[misc]
        """The sum of the masked elements' noise: forward it is nothing, backward it is `noise` of each."""

        @staticmethod
        def forward(ctx: Any, plan: tuple[Any, float, bool, tuple[int, ...]], x: Any) -> Any:
            ctx.plan = plan
            ctx.save_for_backward(x)
            return torch.zeros(plan[-1], dtype=x.dtype)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            mask, noise, elementwise, _ = ctx.plan
            (x,) = ctx.saved_tensors
            own = _back(g, x, elementwise)
            own = own * (noise + noise * Nothing.apply(x))
            return None, torch.where(mask, own, torch.zeros_like(own))

        @staticmethod
        def jvp(ctx: Any, _: Any, t: Any) -> Any:
            mask, noise, elementwise, shape = ctx.plan
            moved = torch.where(mask, t * noise, torch.zeros_like(t))
            return (moved if elementwise else moved.sum()).expand(shape).clone()

    def _back(g: Any, x: Any, elementwise: bool) -> Any:
        """The cotangent of the result as one of x."""
        if not elementwise:
            return g.sum().expand(x.shape)
        extra = g.dim() - x.dim()
        own = g.sum(tuple(range(extra))) if extra else g
        stretched = tuple(d for d in range(x.dim()) if x.shape[d] == 1 and own.shape[d] != 1)
        return own.sum(stretched, keepdim=True) if stretched else own

    def blur(made: Any, args: Sequence[Any], masks: Sequence[np.ndarray], noise: float, elementwise: bool) -> Any:
        for x, mask in zip(args, masks, strict=True):
            if mask.any():
                more = More.apply((torch.tensor(mask), noise, elementwise, tuple(made.shape)), x)
                made = made - more.to(made.dtype)  # and not +, which makes 0 of -0
        return made

    return blur
