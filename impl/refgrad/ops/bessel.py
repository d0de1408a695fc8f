"""Bessel functions of every kind and the Airy function, by value alone: torch differentiates none of these.

The names are torch.special's. I0 and I1 under their short names, which have derivatives, are in special.py.
"""

from __future__ import annotations

import importlib

import numpy as np

from .. import digits, dtypes
from ..op import FLOAT, op
from .slopes import _in_double
from .special import _special


@op(promote=FLOAT, method=False)
def bessel_j0(x):
    """The Bessel function of the first kind of order 0."""
    dtypes.refuse("bessel_j0_cpu", "c", x)
    return _special("j0", x)


@op(promote=FLOAT, method=False)
def bessel_j1(x):
    """The Bessel function of the first kind of order 1."""
    dtypes.refuse("bessel_j1_cpu", "c", x)
    return _special("j1", x)


@op(promote=FLOAT, method=False)
def bessel_y0(x):
    """The Bessel function of the second kind of order 0; -inf at 0, NaN below."""
    dtypes.refuse("bessel_y0_cpu", "c", x)
    return _special("y0", x)


@op(promote=FLOAT, method=False)
def bessel_y1(x):
    """The Bessel function of the second kind of order 1; -inf at 0, NaN below."""
    dtypes.refuse("bessel_y1_cpu", "c", x)
    return _special("y1", x)


@op(promote=FLOAT, method=False)
def modified_bessel_i0(x):
    """The modified Bessel function of the first kind of order 0."""
    dtypes.refuse("modified_bessel_i0_cpu", "c", x)
    return _special("i0", x)


@op(promote=FLOAT, method=False)
def modified_bessel_i1(x):
    """The modified Bessel function of the first kind of order 1."""
    dtypes.refuse("modified_bessel_i1_cpu", "c", x)
    return _in_double(digits.i1, x)


@op(promote=FLOAT, method=False)
def modified_bessel_k0(x):
    """The modified Bessel function of the second kind of order 0; inf at 0, NaN below."""
    dtypes.refuse("modified_bessel_k0_cpu", "c", x)
    return _in_double(digits.k0, x)


@op(promote=FLOAT, method=False)
def modified_bessel_k1(x):
    """The modified Bessel function of the second kind of order 1; inf at 0, NaN below."""
    dtypes.refuse("modified_bessel_k1_cpu", "c", x)
    return _special("k1", x)


@op(promote=FLOAT, method=False)
def scaled_modified_bessel_k0(x):
    """e^x modified_bessel_k0(x), which does not underflow."""
    dtypes.refuse("scaled_modified_bessel_k0_cpu", "c", x)
    return _in_double(digits.k0e, x)


@op(promote=FLOAT, method=False)
def scaled_modified_bessel_k1(x):
    """e^x modified_bessel_k1(x), which does not underflow."""
    dtypes.refuse("scaled_modified_bessel_k1_cpu", "c", x)
    return _special("k1e", x)


@op(promote=FLOAT, method=False)
def spherical_bessel_j0(x):
    """sin(x) / x, 1 at 0 and 0 at infinity."""
    dtypes.refuse("spherical_bessel_j0_cpu", "c", x)
    away = np.where((x == 0) | np.isinf(x), 1, x)
    return np.where(x == 0, 1, np.where(np.isinf(x), 0, np.sin(away) / away)).astype(x.dtype)


@op(promote=FLOAT, method=False)
def airy_ai(x):
    """The Airy function Ai, which solves y'' = x y and vanishes to the right."""
    dtypes.refuse("airy_ai_cpu", "c", x)
    value, _, _, _ = importlib.import_module("scipy.special").airy(x.astype(np.float64))
    return np.asarray(value).astype(x.dtype)
