"""torch.autograd.Variable, as it is today."""

from __future__ import annotations

import pytest

import refgrad
from refgrad.autograd import Variable


def test_a_variable_is_a_leaf_over_the_same_memory() -> None:
    y = refgrad.ones(2, requires_grad=True) * 2
    v = Variable(y, requires_grad=True)
    v.data[0] = 7

    assert v is not y
    assert v.is_leaf
    assert y.tolist() == [7.0, 2.0]


def test_every_tensor_is_a_variable() -> None:
    assert isinstance(refgrad.ones(1), Variable)
    assert not isinstance(1.0, Variable)


def test_volatile_is_warned_about_and_refused_beside_requires_grad() -> None:
    with pytest.warns(UserWarning, match="volatile was removed and now has no effect"):
        Variable(refgrad.ones(1), volatile=True)
    with (
        pytest.warns(UserWarning, match="volatile was removed"),
        pytest.raises(ValueError, match="can't be volatile and require_grad at the same time"),
    ):
        Variable(refgrad.ones(1), requires_grad=True, volatile=True)
    with pytest.warns(UserWarning, match=r"Variable.volatile is always False"):
        assert refgrad.ones(1).volatile is False


def test_only_tensors_can_be_wrapped() -> None:
    with pytest.raises(TypeError, match="Variable data has to be a tensor, but got int"):
        Variable(3)
