"""Other conventions where a derivative does not exist, and NaN where one does: not what torch documents."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np

import refgrad
from refgrad.ops import (
    activation,
    arithmetic,
    clamp,
    explog,
    extremes,
    maximum,
    moments,
    norm,
    reduce,
    scan,
    scatter,
    select,
    trig,
)
from refgrad.ops.choose import _where
from refgrad.ops.reduce import _spread

from .base import Miniature, around, rule


def slope(x, below, at, above):
    """A slope that depends on the sign of x."""
    return _where(x < 0, below, _where(x > 0, above, at))


class AbsRisesAtZero(Miniature):
    """abs has slope 1 at 0."""

    caught_by = "kinks/abs-at-zero"
    fault = rule(refgrad.abs, x=lambda g, x: g * slope(x, -1.0, 1.0, 1.0))


class ReluRisesHalfAtZero(Miniature):
    """relu has slope 1/2 at 0."""

    caught_by = "kinks/relu-at-zero"
    fault = rule(activation.relu, x=lambda g, x: g * slope(x, 0.0, 0.5, 1.0))


class ClampIsFlatAtItsBounds(Miniature):
    """clamp lets no gradient through at exactly its bounds."""

    caught_by = "kinks/clamp-at-number-bounds"

    def inside(g, x, min, max):
        low, high = (-np.inf if min is None else min), (np.inf if max is None else max)
        return _where((x > low) & (x < high), g, 0.0)

    fault = rule(clamp._clamp, x=inside)


class MaxOfAllPicksTheFirst(Miniature):
    """Of equal maxima of all elements, the first gets the whole gradient."""

    caught_by = "kinks/max-of-all-splits-ties"

    def first(g, x, out):
        flat = x.reshape((-1,)) == out
        return refgrad.zeros_like(x) + g if not x.shape else (g * (flat & (flat.cumsum(0) == 1))).reshape(x.shape)

    fault = rule(extremes._max_all, x=first)


class AmaxGivesTiesEverything(Miniature):
    """Each of equal maxima along a dim gets the whole gradient."""

    caught_by = "kinks/amax-splits-ties"
    fault = rule(
        extremes.amax,
        x=lambda g, x, out, dim, keepdim: (
            _spread(g, x.shape, dim, keepdim) * (x == _spread(out, x.shape, dim, keepdim))
        ),
    )


class MaximumFavoursTheFirst(Miniature):
    """Of two equal tensors, the first gets the whole gradient of maximum."""

    caught_by = "kinks/maximum-splits-ties"
    fault = rule(maximum.maximum, x=lambda g, x, y: _where(x >= y, g, 0.0), y=lambda g, x, y: _where(x < y, g, 0.0))


class FmaxSplitsTies(Miniature):
    """Of two equal tensors, each gets half the gradient of fmax."""

    caught_by = "kinks/fmax-tie-goes-to-the-first"
    fault = rule(
        maximum.fmax,
        x=lambda g, x, y: g * slope(x - y, 0.0, 0.5, 1.0),
        y=lambda g, x, y: g * slope(y - x, 0.0, 0.5, 1.0),
    )


class CummaxKeepsTheEarliest(Miniature):
    """cummax stays with the first of equal elements."""

    caught_by = "kinks/cummax-tie-goes-to-the-latest"

    def running(right, name, x, dim, better):
        return right(name, x, dim, np.greater if name == "cummax" else np.less)

    fault = around(select, "_running", running)


class SortShufflesEquals(Miniature):
    """A stable sort exchanges equal elements."""

    caught_by = "kinks/stable-sort-carries-each-gradient-back"

    def order(a, descending=False):
        rising = a.shape[-1] - 1 - np.argsort(np.flip(a, -1), axis=-1, kind="stable")
        return np.flip(rising, -1) if descending else rising

    fault = patch.object(select, "_order", order)


class ReluLetsNanThrough(Miniature):
    """A gradient that is NaN passes relu where it is flat, as 0 times NaN."""

    caught_by = "kinks/nan-gradient-passes-only-where-it-is-used"
    fault = rule(activation.relu, x=lambda g, out: g * (out > 0))


class NormIsNanAtZero(Miniature):
    """The gradient of the 2-norm at the origin is 0 / 0."""

    caught_by = "kinks/two-norm-at-zero"

    def unit(g, x, out, ord, dim, keepdim):
        return _spread(g / out, x.shape, dim, keepdim) * x

    fault = rule(norm._vector_norm, x=unit)


class StdIsNanOnConstants(Miniature):
    """The gradient of std over equal elements is 0 / 0."""

    caught_by = "kinks/std-of-constant-data"
    fault = rule(
        moments._std,
        x=lambda g, x, out, dim, correction, keepdim: moments._var_grad(g / (out * 2), x, dim, correction, keepdim),
    )


class ProdDividesByItsElements(Miniature):
    """The gradient of prod is the product divided by each element: NaN where one is 0."""

    caught_by = "kinks/prod-with-zeros"
    fault = rule(scan._prod, x=lambda g, x, out, dim, keepdim: _spread(g * out, x.shape, dim, keepdim) / x)


class CumprodDividesByItsElements(Miniature):
    """The gradient of cumprod divides by each element: NaN where one is 0."""

    caught_by = "kinks/cumprod-with-a-zero"
    fault = rule(scan._cumprod, x=lambda g, x, out, dim: scan._cumsum_from_end(g * out, dim) / x)


class ZeroToThePowerZeroIsNan(Miniature):
    """x ** 0 has the slope 0 * x ** -1 instead of 0."""

    caught_by = "kinks/power-of-zero-by-a-number"
    fault = rule(arithmetic._pow, x=lambda g, x, exponent: g * (exponent * arithmetic._pow(x, exponent - 1)))


class XlogyLosesItsZero(Miniature):
    """The slope of x log y at x = 0, y = 0 is log 0."""

    caught_by = "kinks/xlogy-at-zero"
    fault = rule(explog.xlogy, x=lambda g, y: g * explog.log(y))


class AngleIsNanAtTheOrigin(Miniature):
    """The gradient of atan2 at the origin is 0 / 0."""

    caught_by = "kinks/atan2-at-the-origin"
    fault = rule(trig.atan2, y=lambda g, y, x: g * x / (x * x + y * y), x=lambda g, y, x: -g * y / (x * x + y * y))


class SincIsNanAtZero(Miniature):
    """The slope of sinc is computed by its formula even where that divides by 0."""

    caught_by = "kinks/sinc-at-zero"
    fault = rule(trig.sinc, x=lambda g, x: g * (trig.cos(x * np.pi) - trig.sinc(x)) / x)


class LogsumexpForgetsMinusInfinity(Miniature):
    """The weights of logsumexp are computed so that an element of minus infinity gets NaN."""

    caught_by = "kinks/logsumexp-with-minus-infinity"

    def weights(g, x, out, dim, keepdim):
        shift = x - _spread(out, x.shape, dim, keepdim)
        return _spread(g, x.shape, dim, keepdim) * explog.exp(shift + shift * 0)

    fault = rule(reduce._logsumexp, x=weights)


class RepeatedIndexKeepsTheLast(Miniature):
    """Of several reads of one element, only the last sends its gradient back."""

    caught_by = "kinks/repeated-index-sums-gradients"

    def last(g, index, x_shape, dim):
        out = np.zeros(x_shape, np.float64)
        np.put_along_axis(out, getattr(index, "_a", index), getattr(g, "_a", g), dim)
        return refgrad.from_numpy(out) if hasattr(g, "_a") else out

    fault = rule(scatter._gather, x=last)


class MedianPicksOne(Miniature):
    """Of several elements that equal the median, the first gets the whole gradient."""

    caught_by = "kinks/median-of-all-splits-ties"
    fault = rule(select._median_all, x=MaxOfAllPicksTheFirst.first)


class StepsHaveNoDerivative(Miniature):
    """floor is not recorded at all, where it should have slope 0."""

    caught_by = "backward/step-functions-give-zeros"
    fault = around(refgrad, "floor", lambda floor, x: floor(x.detach()))


class SqrtStopsAtZero(Miniature):
    """The slope of sqrt at 0 is 0 instead of infinite."""

    caught_by = "kinks/sqrt-at-zero-is-infinite"
    fault = rule(explog.sqrt, x=lambda g, out: _where(out > 0, g / (out * 2), 0.0))
