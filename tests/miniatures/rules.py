"""Derivative rules with the slips that people make: a factor, a sign, a dimension, an order, a second derivative."""

from __future__ import annotations

import numpy as np

import refgrad
from refgrad import dims
from refgrad.ops import (
    arithmetic,
    choose,
    diagonal,
    fit,
    index_along,
    join,
    linalg,
    moments,
    permute,
    rearrange,
    scan,
    select,
    shape,
    smooth,
    softmax,
    trig,
)
from refgrad.ops.reduce import _spread

from .base import PROGRAMS, Miniature, kernel, rule


class TanhForgetsTheSquare(Miniature):
    """The slope of tanh is 1 - tanh instead of 1 - tanh squared."""

    caught_by = PROGRAMS
    ops = ("tanh",)
    fault = rule(refgrad.tanh, x=lambda g, out: g * (1 - out))


class CosFallsTheWrongWay(Miniature):
    """The slope of cos is sin instead of -sin."""

    caught_by = PROGRAMS
    ops = ("cos",)
    fault = rule(refgrad.cos, x=lambda g, x: g * refgrad.sin(x))


class ExpIsConstantTheSecondTime(Miniature):
    """The first derivative of exp is right, but it is taken for a constant when differentiated again."""

    caught_by = PROGRAMS
    ops = ("exp",)
    fault = rule(refgrad.exp, x=lambda g, out: g * refgrad.detach(out))


class SigmoidIsLinearTheSecondTime(Miniature):
    """Of sigmoid's slope out (1 - out), only the first factor is differentiated again."""

    caught_by = PROGRAMS
    ops = ("sigmoid",)
    fault = rule(smooth.sigmoid, x=lambda g, out: g * out * (1 - refgrad.detach(out)))


class QuotientAddsWhereItSubtracts(Miniature):
    """The gradient of x / y by y has the wrong sign."""

    caught_by = PROGRAMS
    ops = ("div",)
    fault = rule(arithmetic._div, y=lambda g, x, y: g * (x / y) / y)


class Atan2SwapsItsArguments(Miniature):
    """atan2 gives each argument the other's gradient."""

    caught_by = PROGRAMS
    ops = ("atan2",)
    fault = rule(
        trig.atan2,
        x=lambda g, y, x: g * trig._over_square(x, y),
        y=lambda g, y, x: -g * trig._over_square(y, x),
    )


class PowerForgetsToLowerTheExponent(Miniature):
    """The slope of x ** y is y x ** y."""

    caught_by = PROGRAMS
    ops = ("pow",)
    fault = rule(arithmetic._pow, x=lambda g, x, exponent: g * (exponent * arithmetic._pow(x, exponent)))


class MeanCountsEverything(Miniature):
    """The gradient of a mean along one dimension is divided by the number of all elements."""

    caught_by = PROGRAMS
    ops = ("mean",)
    fault = rule(
        refgrad.mean,
        x=lambda g, x_shape, dim, keepdim: _spread(g, x_shape, dim, keepdim) / dims.count(x_shape, None),
    )


class VarianceForgetsTheCorrection(Miniature):
    """The gradient of the variance divides by n where the variance divided by n - 1."""

    caught_by = PROGRAMS
    ops = ("var",)
    fault = rule(moments._var, x=lambda g, x, dim, keepdim: moments._var_grad(g, x, dim, 0, keepdim))


class PermuteTurnsTheSameWayBack(Miniature):
    """The gradient of permute is permuted in the same order instead of the inverse one."""

    caught_by = "views/permuted-gradients-go-back-in-the-inverse-order"
    fault = rule(permute._permute, x=lambda g, order: permute._permute(g, order))


class TransposeReshapesBack(Miniature):
    """The gradient of a transposition is reshaped instead of transposed."""

    caught_by = PROGRAMS
    ops = ("transpose",)
    fault = rule(permute._transpose, x=lambda g, x_shape: shape._reshape(g, x_shape))


class FlipStaysFlipped(Miniature):
    """The gradient of flip is not flipped back."""

    caught_by = PROGRAMS
    ops = ("flip",)
    fault = rule(rearrange._flip, x=lambda g: g)


class CumsumRunsForward(Miniature):
    """The gradient of cumsum is summed from the start instead of from the end."""

    caught_by = PROGRAMS
    ops = ("cumsum",)
    fault = rule(scan._cumsum, x=lambda g, dim: scan._cumsum(g, dim))


class CatForgetsWhereItCut(Miniature):
    """Every part of cat gets the gradient of the first."""

    caught_by = PROGRAMS
    ops = ("cat",)

    def first(g, shapes, dim, index):
        same = shapes[index] == shapes[0]
        return join._part(g, shapes, dim, 0 if same else index)

    fault = rule(join._cat, each=first)


class StackAlwaysReadsItsFirst(Miniature):
    """Every part of stack gets the gradient of the first."""

    caught_by = PROGRAMS
    ops = ("stack",)
    fault = rule(
        join._stack, each=lambda g, shapes, dim, index: shape._reshape(join._slice(g, dim, 0, 1), shapes[index])
    )


class BroadcastingKeepsOneCopy(Miniature):
    """Of an element that broadcasting copied along a new dimension, one copy's gradient is kept."""

    caught_by = PROGRAMS

    def kept(x, shape=()):
        x = x[(0,) * (x.ndim - len(shape))] if 0 not in x.shape else np.add.reduce(x, tuple(range(x.ndim - len(shape))))
        axes = tuple(i for i in range(x.ndim) if shape[i] == 1 and x.shape[i] != 1)
        return np.add.reduce(x, axis=axes, keepdims=True)

    fault = kernel(fit.sum_to, kept)


class BroadcastingAveragesSizeOne(Miniature):
    """The gradients of what broadcasting copied along a dimension of size 1 are averaged instead of added."""

    caught_by = PROGRAMS

    def averaged(x, shape=()):
        x = np.add.reduce(x, tuple(range(x.ndim - len(shape))))
        axes = tuple(i for i in range(x.ndim) if shape[i] == 1 and x.shape[i] > 1)
        return np.mean(x, axis=axes, keepdims=True, dtype=x.dtype)

    fault = kernel(fit.sum_to, averaged)


class MatmulForgetsToTranspose(Miniature):
    """The gradient of x @ y by a square y is x times g, with x not transposed."""

    caught_by = PROGRAMS
    ops = ("mm",)

    def straight(g, x):
        square = x.shape[-1] == x.shape[-2]
        return linalg._mm(x if square else linalg._turned(x), g)

    fault = rule(linalg._mm, y=straight)


def first_of_the_batch(found, shape):
    """Of gradients for a batch, the first, where `shape` has no such dimensions."""
    lead = len(found.shape) - len(shape)
    return found[(0,) * lead] if lead and 0 not in found.shape else found


class BatchesOfOneAreNotSummed(Miniature):
    """A matrix that a batch of products shares gets the gradient of the first product only."""

    caught_by = PROGRAMS
    ops = ("matmul",)
    fault = rule(
        linalg._matmul,
        x=lambda g, y, x_shape: first_of_the_batch(linalg._matmul(g, linalg._turned(y)), x_shape),
        y=lambda g, x, y_shape: first_of_the_batch(linalg._matmul(linalg._turned(x), g), y_shape),
    )


class SoftmaxForgetsTheOthers(Miniature):
    """The gradient of softmax is that of its own element only."""

    caught_by = PROGRAMS
    ops = ("softmax",)
    fault = rule(softmax._softmax, x=lambda g, out: g * out * (1 - out))


class WhereSwapsItsBranches(Miniature):
    """where sends the gradient to the branch that was not taken."""

    caught_by = PROGRAMS
    ops = ("where",)
    fault = rule(
        choose._where,
        x=lambda g, condition: choose._where(condition, 0.0, g),
        y=lambda g, condition: choose._where(condition, g, 0.0),
    )


class SortGivesItsGradientInOrder(Miniature):
    """The gradient of sort stays in sorted order."""

    caught_by = PROGRAMS
    ops = ("sort",)
    fault = rule(select._PICKERS["sort"], x=lambda g: g)


class TrilLetsEverythingThrough(Miniature):
    """The gradient of tril is not cut to the lower triangle."""

    caught_by = PROGRAMS
    ops = ("tril",)
    fault = rule(diagonal.tril, x=lambda g: g)


class IndexSelectWritesInsteadOfAdding(Miniature):
    """Of several reads of one row, only the last sends its gradient back."""

    caught_by = PROGRAMS
    ops = ("index_select",)

    def written(x, index, shape=(), dim=0):
        out = np.zeros(shape, x.dtype)
        out[index_along._along(index, dim)] = x
        return out

    fault = kernel(index_along._index_sum, written)


class ProductForgetsToConjugate(Miniature):
    """The gradient of a complex product is multiplied by the other factor itself."""

    caught_by = "complex/products-conjugate-the-other-factor"
    fault = rule(refgrad.mul, x=lambda g, y: g * y, y=lambda g, x: g * x)
