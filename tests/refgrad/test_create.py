"""Lists that are no tensor are refused where they stop being one."""

from __future__ import annotations

import pytest

import refgrad


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ([[1, 2], [3]], "expected sequence of length 2 at dim 1 (got 1)"),
        ([[[1], [2]], [[3], [4, 5]]], "expected sequence of length 1 at dim 2 (got 2)"),
        ([[1], [2], [3, 4], [5]], "expected sequence of length 1 at dim 1 (got 2)"),
    ],
)
def test_ragged_lists_name_the_dimension(data, text):
    with pytest.raises(ValueError) as caught:
        refgrad.tensor(data)
    assert str(caught.value) == text


@pytest.mark.parametrize(("data", "text"), [([[1], 2], "not a sequence"), ([1, [2]], "'list' object cannot be")])
def test_a_number_beside_a_list_is_refused(data, text):
    with pytest.raises(TypeError, match=text):
        refgrad.tensor(data)


def test_tensors_in_a_list_are_stacked():
    assert refgrad.tensor([refgrad.ones(2), refgrad.zeros(2)]).tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_what_is_like_a_repeated_tensor_lies_in_c_order():
    """Where one element stands for many, the strides say nothing: torch does not keep them either."""
    assert refgrad.ones_like(refgrad.ones(2, 3).expand(4, 2, 3)).stride() == (6, 3, 1)
    assert refgrad.ones_like(refgrad.ones(3, 2).t()).stride() == (1, 2)
