"""The ops of the catalogue that take complex numbers are differentiated right there, once and twice."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest

import refgrad
from gradspec import catalogue
from gradspec.catalogue.call import function
from gradspec.catalogue.dtypes import takes
from gradspec.catalogue.model import Op
from gradspec.programs import values
from gradspec.programs.pool import Application, nonempty

COMPLEX = [op for op in catalogue.in_order() if op.complex or takes(op, "complex128")]


def typical(op: Op) -> Application:
    """A way to apply the op to few elements, but more than one."""
    ways = sorted(nonempty(op), key=lambda a: sum(map(math.prod, a.shapes)))
    return next((a for a in ways if max(map(math.prod, a.shapes)) > 2), ways[-1])


def drawn(shape: tuple[int, ...], index: int) -> np.ndarray:
    """Numbers whose real parts are between 1/2 and 2, clear of branch cuts, and imaginary ones between -1 and 1."""
    real, imaginary = (values.words(values.INPUT, seed, index, math.prod(shape)) for seed in (31, 37))
    return (values.generic(real, 0.5, 2.0) + 1j * values.generic(imaginary, -1.0, 1.0)).reshape(shape)


@pytest.mark.parametrize("op", COMPLEX, ids=lambda op: op.name)
def test_gradients_of_complex_numbers_are_those_of_the_differences(op: Op) -> None:
    application = typical(op)
    call = functools.partial(function(op.torch, "torch"), refgrad, **application.settings)
    inputs = [refgrad.tensor(drawn(shape, n), requires_grad=True) for n, shape in enumerate(application.shapes)]

    assert refgrad.autograd.gradcheck(call, inputs, fast_mode=True)
    assert op.orders < 2 or refgrad.autograd.gradgradcheck(call, inputs, fast_mode=True)


F = refgrad.nn.functional
MORE = {
    "logaddexp": refgrad.logaddexp,
    "ldexp": refgrad.ldexp,
    "logcumsumexp": lambda x, y: refgrad.logcumsumexp(x * y, 0),
    "softsign": lambda x, y: F.softsign(x),
    "tanhshrink": lambda x, y: F.tanhshrink(y),
}


@pytest.mark.parametrize("name", MORE)
def test_what_no_random_program_asks_of_complex_numbers_is_right_there_too(name: str) -> None:
    inputs = [refgrad.tensor(drawn((3,), n), requires_grad=True) for n in range(2)]

    assert refgrad.autograd.gradcheck(MORE[name], inputs)
    assert refgrad.autograd.gradgradcheck(MORE[name], inputs)


def test_logaddexp_of_complex_numbers_does_not_overflow() -> None:
    x, y = (refgrad.tensor([z], dtype=refgrad.complex128) for z in (1000 + 1j, 1000 + 2j))
    expected = 1000 + np.log(np.exp(1j) + np.exp(2j))

    np.testing.assert_allclose(refgrad.logaddexp(x, y).numpy(), [expected], rtol=1e-15)
    np.testing.assert_allclose(refgrad.logcumsumexp(refgrad.cat([x, y]), 0).numpy()[1:], [expected], rtol=1e-15)


@pytest.mark.parametrize(("real", "imag"), [(1.0, np.inf), (-np.inf, 2.0), (0.0, np.nan)])
def test_a_complex_number_has_the_parts_it_is_made_of(real, imag):
    """x + 1j * inf has a NaN for its real part."""
    made = refgrad.complex(refgrad.tensor(real), refgrad.tensor(imag))
    assert np.array_equal([made.real.item(), made.imag.item()], [real, imag], equal_nan=True)
