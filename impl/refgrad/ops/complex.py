"""Complex numbers: conjugates, parts, angle and modulus.

Gradients of a real loss follow torch's convention: the gradient of z is dL/dRe z + i dL/dIm z,
so a holomorphic f contributes g * conj(f'(z)). Source: torch "Autograd for Complex Numbers".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..op import ELEMENTWISE, GENERAL, LINEAR, op
from ..tensor import Tensor


@op(kind=GENERAL, node="ConjBackward0", method=False)
def _conj(x):
    """The complex conjugate."""
    return np.conjugate(x)


_conj.grads(x=lambda g: conj(g))
_conj.jvp(lambda dx: conj(dx))


def conj(x: Any) -> Any:
    """The complex conjugate; a real tensor, array or number is returned as it is."""
    if isinstance(x, Tensor):
        return _conj(x) if x._a.dtype.kind == "c" else x
    return x.conjugate()  # NumPy gives a real array itself, no copy


@op(kind=LINEAR, view=True, method=False)
def _real(x):
    """The real part, in the complex number's own memory."""
    return x.real


@op(kind=LINEAR, view=True, method=False)
def _imag(x):
    """The imaginary part, in the complex number's own memory."""
    return x.imag


@op(kind=LINEAR, method=False)
def complex(x, y):
    """x + iy; written part by part, since 1j * inf has a NaN for its real part."""
    out = np.empty(np.broadcast_shapes(x.shape, y.shape), np.result_type(x.dtype, np.complex64))
    out.real, out.imag = x, y
    return out


_real.grads(x=lambda g: complex(g, zeros_like(g)))
_imag.grads(x=lambda g: complex(zeros_like(g), g))
complex.grads(x=lambda g: real(g), y=lambda g: imag(g))


def real(x: Any) -> Any:
    """The real part; a real tensor is returned as it is."""
    if isinstance(x, Tensor):
        return _real(x) if x._a.dtype.kind == "c" else x
    return x.real


def imag(x: Any) -> Any:
    """The imaginary part; raises RuntimeError for a real tensor, as torch does."""
    if isinstance(x, Tensor):
        if x._a.dtype.kind != "c":
            raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
        return _imag(x)
    return x.imag


@op()
def zeros_like(x):
    """Zeros of x's shape and dtype (for rules; the factory of this name takes options)."""
    return np.zeros_like(x)


@op(kind=GENERAL, inplace=True)
def abs(x):
    """Modulus, element by element."""
    dtypes.refuse("abs_cpu", "b", x)
    return np.abs(x)


@op(kind=GENERAL, inplace=True)
def sgn(x):
    """x / |x|, and 0 at 0; of a real number the sign, which is 0 for NaN as well."""
    if x.dtype.kind != "c":
        out = np.sign(x)
        nan = out != out
        return np.where(nan, out.dtype.type(0), out) if nan.any() else out
    return np.where(x == 0, 0, x / np.where(x == 0, 1, np.abs(x)))


@op(kind=GENERAL)
def angle(x):
    """The argument of a complex number; of a real one, 0 or pi."""
    if x.dtype.kind == "c":
        return np.angle(x)
    out = np.multiply(x < 0, np.pi, dtype=x.dtype if x.dtype.kind == "f" else np.float32)
    nan = x != x
    return np.where(nan, x, out) if nan.any() else out


abs.grads(x=lambda g, x: g * sgn(x))  # 0 at 0: the subgradient of least norm
sgn.grads(x=lambda g, x: _sgn_grad(g, x))


def _sgn_grad(g: Any, x: Any) -> Any:
    """What turns z on its ray does nothing; across the ray it counts by 1/|z|. Zero for real x."""
    if (x._a if isinstance(x, Tensor) else x).dtype.kind != "c":
        return zeros_like(g)
    unit = sgn(x)
    across = (g * conj(unit) - conj(g) * unit) * 0.5
    return across * unit * reciprocal_or_zero(abs(x))


@op(kind=ELEMENTWISE, method=False)
def reciprocal_or_zero(x):
    """1/x, and 0 at 0."""
    return np.where(x == 0, 0, 1 / np.where(x == 0, 1, x)).astype(x.dtype)


reciprocal_or_zero.grads(x=lambda g, out: -g * conj(out * out))


def _angle_grad(g: Any, x: Any) -> Any:
    """g times i x / |x|^2, and 0 at 0 and for real x."""
    if (x._a if isinstance(x, Tensor) else x).dtype.kind != "c":
        return zeros_like(g)
    a, b = real(x), imag(x)
    return x * (g * reciprocal_or_zero(a * a + b * b)) * 1j


angle.grads(x=lambda g, x: _angle_grad(g, x))


@op(kind=LINEAR, view=True, method=False)
def view_as_real(x):
    """A complex tensor's memory as pairs of real numbers, in a last dimension of 2."""
    if x.dtype.kind != "c":
        raise RuntimeError("view_as_real is only supported for complex tensors")
    return x[..., None].view(x.real.dtype)


@op(kind=LINEAR, view=True, method=False)
def view_as_complex(x):
    """Pairs of real numbers, in a last dimension of 2, as complex numbers in the same memory."""
    if not x.ndim or x.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if x.strides[-1] != x.itemsize:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    return x.view(np.result_type(x.dtype, np.complex64))[..., 0]


@op(kind=LINEAR, method=False)
def _of_pairs(x):
    """Pairs of real numbers as complex numbers, wherever they lie."""
    return complex(x[..., 0], x[..., 1])


@op(kind=LINEAR, method=False)
def _pairs(x):
    """Complex numbers as pairs of real ones."""
    return np.stack([x.real, x.imag], -1)


view_as_real.grads(x=lambda g: _of_pairs(g))
view_as_complex.grads(x=lambda g: _pairs(g))
_of_pairs.grads(x=lambda g: _pairs(g))
_pairs.grads(x=lambda g: _of_pairs(g))


Tensor.conj = conj  # type: ignore[attr-defined]  # methods are attached where they are written
Tensor.real = property(real)  # type: ignore[attr-defined]
Tensor.imag = property(imag)  # type: ignore[attr-defined]
absolute = Tensor.absolute = abs  # type: ignore[attr-defined]
