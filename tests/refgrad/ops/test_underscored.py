"""Methods with a trailing underscore: what they leave in memory and in the graph is what torch leaves."""

from __future__ import annotations

import numpy as np
import pytest

import refgrad

torch = pytest.importorskip("torch", reason="torch is the documented engine that results are compared with")

FLOATS = {
    "lt": lambda m, y: y.lt_(2),
    "eq": lambda m, y: y.eq_(2.0),
    "ge": lambda m, y: y.ge_(m.tensor([2.0, 2.0, 2.0])),
    "not_equal": lambda m, y: y.not_equal_(2),
    "less_equal": lambda m, y: y.less_equal_(2),
    "logical_and": lambda m, y: y.logical_and_(y),
    "logical_not": lambda m, y: y.logical_not_(),
    "polygamma": lambda m, y: y.polygamma_(2),
    "digamma": lambda m, y: y.polygamma_(0),
    "mvlgamma": lambda m, y: y.mvlgamma_(1),
    "as_strided": lambda m, y: y.as_strided_((2,), (1,), 1),
    "conj_physical": lambda m, y: y.conj_physical_(),
    "cauchy": lambda m, y: y.cauchy_(1.0, 2.0),
    "geometric": lambda m, y: y.geometric_(0.5),
    "log_normal": lambda m, y: y.log_normal_(0.5, 0.25),
}
INTEGERS = {
    "lt": lambda m, y: y.lt_(2.5),
    "logical_xor": lambda m, y: y.logical_xor_(m.tensor([1.5, 0.0, 0.0])),
    "logical_or": lambda m, y: y.logical_or_(m.tensor([0, 0, 1])),
    "gcd": lambda m, y: y.gcd_(m.tensor([4, 4, 9])),
    "lcm": lambda m, y: y.lcm_(m.tensor([4, 4, 9])),
    "heaviside": lambda m, y: y.heaviside_(m.tensor(1)),
    "bitwise_and": lambda m, y: y.bitwise_and_(2),
    "bitwise_not": lambda m, y: y.bitwise_not_(),
    "bitwise_left_shift": lambda m, y: y.bitwise_left_shift_(2),
    "bitwise_right_shift": lambda m, y: y.bitwise_right_shift_(1),
    "geometric": lambda m, y: y.geometric_(0.25),
    "resize_as": lambda m, y: y.resize_as_(m.ones(2)),
}
REFUSED = {
    "float_power": lambda m: m.ones(2).float_power_(2),
    "polygamma": lambda m: m.tensor([1]).polygamma_(1),
    "gcd": lambda m: m.ones(2).gcd_(m.ones(2)),
    "bitwise_not": lambda m: m.ones(2).bitwise_not_(),
    "cauchy": lambda m: m.empty(2).cauchy_(0, -1),
    "cauchy of integers": lambda m: m.tensor([1]).cauchy_(),
    "geometric": lambda m: m.empty(2).geometric_(1),
    "log_normal": lambda m: m.empty(2).log_normal_(0, -1),
    "resize_as": lambda m: m.ones(2, requires_grad=True).resize_as_(m.ones(3)),
}


@pytest.mark.parametrize("name", FLOATS)
def test_numbers_and_their_gradients_are_torchs(name):
    seen = []
    for m in (refgrad, torch):
        m.manual_seed(5)
        x = m.tensor([1.0, 2.0, 3.0], dtype=m.float64, requires_grad=True)
        y = x * 1
        z = FLOATS[name](m, y)
        assert z is y
        z.sum().backward()
        seen.append((z.detach().numpy(), x.grad.numpy()))

    for ours, theirs in zip(*seen, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-8)  # nine digits has torch's trigamma


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_are_torchs(name):
    seen = []
    for m in (refgrad, torch):
        m.manual_seed(5)
        seen.append(INTEGERS[name](m, m.tensor([1, 2, 6])).tolist())

    assert seen[0] == seen[1]


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_are_in_torchs_words(name):
    words = []
    for m in (refgrad, torch):
        with pytest.raises((RuntimeError, NotImplementedError)) as raised:
            REFUSED[name](m)
        words.append((type(raised.value), str(raised.value)))

    assert words[0] == words[1]


def test_a_comparison_by_a_tensor_has_an_edge_for_it():
    for m in (refgrad, torch):
        y = m.ones(2, requires_grad=True) * 1
        assert (y.lt_(2.0).grad_fn.name(), len(y.grad_fn.next_functions)) == ("LtBackward0", 1)
        assert (y.gt_(m.ones(2)).grad_fn.name(), len(y.grad_fn.next_functions)) == ("GtBackward1", 2)


def test_many_log_normal_numbers_are_drawn_one_by_one():
    seen = []
    for m in (refgrad, torch):
        m.manual_seed(1)
        seen.append(m.empty(20, dtype=m.float64).log_normal_(1.0, 2.0).numpy())
    np.testing.assert_allclose(*seen, rtol=1e-13)
