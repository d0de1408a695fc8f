"""What happens to the graph when memory that a view shows is written."""

from __future__ import annotations

import pytest

import refgrad


def computed() -> refgrad.Tensor:
    return refgrad.tensor([1.0, 2.0, 3.0], requires_grad=True) * 1


def stale() -> refgrad.Tensor:
    """A view made under no_grad, whose base was written since."""
    base = computed()
    with refgrad.no_grad():
        view = base[:1]
    base.mul_(2)
    return view


def test_stale_view_of_no_grad_is_refused_by_what_records() -> None:
    with pytest.raises(RuntimeError, match="A view was created in no_grad mode and its base or another view of its base has"):
        stale() * 3
    with pytest.raises(RuntimeError, match="modified inplace with grad mode enabled"):
        _ = stale().grad_fn


def test_stale_view_of_no_grad_is_free_where_nothing_is_recorded() -> None:
    view = stale()

    assert view.requires_grad
    assert view.detach().tolist() == [2.0]
    with refgrad.no_grad():
        assert (view * 3).tolist() == [6.0]
    with pytest.raises(RuntimeError, match="has been modified inplace"):
        view * 3


def test_one_of_several_outputs_is_refused_once_its_base_was_written() -> None:
    base = computed()
    second = base.unbind()[1]
    base.mul_(2)

    with pytest.raises(RuntimeError, match="Output 1 of Unbind is a view and its base or another view of its base has been"):
        second * 3


def test_one_of_several_outputs_of_a_plain_tensor_may_be_used_after_a_write() -> None:
    base = refgrad.tensor([1.0, 2.0])
    second = base.unbind()[1]
    base.mul_(2)

    assert (second * 3).item() == 12.0


def test_view_made_under_no_grad_leads_nowhere() -> None:
    base = computed()
    with refgrad.no_grad():
        view = base[:1]

    assert view.requires_grad
    with pytest.raises(RuntimeError, match="element 0 of tensors does not require grad and does not have a grad_fn"):
        view.backward(refgrad.ones(1))


def test_leaf_is_refused_before_its_overlap() -> None:
    x = refgrad.ones(1, requires_grad=True)
    with pytest.raises(RuntimeError, match="a view of a leaf Variable"):
        x.expand(3).add_(1)
