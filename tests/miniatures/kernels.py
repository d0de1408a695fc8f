"""Forward computations that misread memory, lose digits or overflow."""

from __future__ import annotations

import numpy as np

import refgrad
from refgrad import dims, dispatch
from refgrad.ops import reduce
from refgrad.ops.softmax import _softmax

from .base import PROGRAMS, Miniature, around, kernel


def part_of_a_vector(a):
    """Does the array show memory that was made as a vector, without gaps?"""
    return isinstance(a, np.ndarray) and isinstance(a.base, np.ndarray) and a.base.ndim == 1 and a.flags.c_contiguous


class ReadsMemoryInOrder(Miniature):
    """Elementwise ops read a transposed tensor in the order of its memory."""

    caught_by = PROGRAMS

    def in_order(right, op, arrays):
        return [a.ravel(order="K").reshape(a.shape) if isinstance(a, np.ndarray) else a for a in right(op, arrays)]

    fault = around(dispatch, "promoted", in_order)


class StartsAtTheBeginningOfMemory(Miniature):
    """Elementwise ops read a part of a vector, in whatever shape, from the vector's beginning."""

    caught_by = PROGRAMS

    def from_the_start(right, op, arrays):
        return [a.base[: a.size].reshape(a.shape) if part_of_a_vector(a) else a for a in right(op, arrays)]

    fault = around(dispatch, "promoted", from_the_start)


class SumOfNothingIsNan(Miniature):
    """The sum of no elements is NaN instead of 0."""

    caught_by = "arithmetic/sum-of-nothing-is-zero"

    def added(right, x, *settings):
        out = right(x, *settings)
        return out if x.size else np.full_like(out, np.nan)

    fault = around(refgrad.sum.op, "kernel", added)


class SineInSingle(Miniature):
    """sin of float64 is computed in float32."""

    caught_by = PROGRAMS
    ops = ("sin",)
    fault = kernel(refgrad.sin, lambda x: np.sin(x.astype(np.float32)).astype(x.dtype))


class TanhWidens(Miniature):
    """tanh of float32 is float64."""

    caught_by = PROGRAMS
    ops = ("tanh",)
    fault = kernel(refgrad.tanh, lambda x: np.tanh(x.astype(np.float64)))


class SumsInHalf(Miniature):
    """sum adds float32 up in float16."""

    caught_by = PROGRAMS
    ops = ("sum",)

    def added(right, x, *settings):
        return right(x.astype(np.float16), *settings).astype(x.dtype) if x.dtype == np.float32 else right(x, *settings)

    fault = around(refgrad.sum.op, "kernel", added)


class Log1pForgetsItsTail(Miniature):
    """log1p adds 1 first, and loses the digits of small numbers."""

    caught_by = "arithmetic/log1p-keeps-small-numbers"
    fault = kernel(refgrad.log1p, lambda x: np.log(1 + x))


class Expm1ForgetsItsTail(Miniature):
    """expm1 subtracts 1 last, and loses the digits of small numbers."""

    caught_by = "arithmetic/expm1-keeps-small-numbers"
    fault = kernel(refgrad.expm1, lambda x: np.exp(x) - 1)


class SoftmaxOverflows(Miniature):
    """softmax does not take the largest element out before the exponential."""

    caught_by = "arithmetic/softmax-of-large-numbers-is-finite"

    def softmax(x, dim=0):
        powers = np.exp(x)
        return powers / powers.sum(axis=dim, keepdims=True) if x.ndim else np.ones_like(x)

    fault = kernel(_softmax, softmax)


class LogsumexpOverflows(Miniature):
    """logsumexp does not take the largest element out before the exponential."""

    caught_by = "arithmetic/logsumexp-of-large-numbers-is-finite"

    def logsumexp(x, dim=None, keepdim=False):
        return np.log(np.exp(x).sum(axis=dims.several(dim, x.ndim), keepdims=keepdim))

    fault = kernel(reduce._logsumexp, logsumexp)
