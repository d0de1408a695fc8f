"""Views and in-place writes: memory, versions and gradients stay together, or an error says why not."""

from __future__ import annotations

import numpy as np
import pytest

import refgrad
from refgrad.window import Window


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
    with pytest.raises(
        RuntimeError, match="A view was created in no_grad mode and its base or another view of its base has"
    ):
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

    with pytest.raises(
        RuntimeError, match="Output 1 of Unbind is a view and its base or another view of its base has been"
    ):
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


def leaf(*values):
    return refgrad.tensor(values[0] if len(values) == 1 else list(values), dtype=refgrad.float64, requires_grad=True)


def test_a_write_through_a_view_reaches_the_bases_gradient():
    x = leaf(1.0, 2.0, 3.0)
    b = x.clone()
    b[0].mul_(10)
    b.sum().backward()

    assert b.grad_fn.next_functions[0][0].name() == "CloneBackward0"
    assert b.grad_fn.name() == "torch::autograd::CopySlices"
    assert x.grad.tolist() == [10.0, 1.0, 1.0]


def test_a_write_to_the_base_reaches_the_views_gradient():
    x = leaf(1.0, 2.0)
    b = x.clone()
    v = b[:1]
    b.mul_(5)
    v.sum().backward()

    assert x.grad.tolist() == [5.0, 0.0]


def test_a_view_of_a_constant_becomes_part_of_the_graph_when_it_is_written():
    base, x = refgrad.zeros(3, dtype=refgrad.float64), leaf(2.0)
    view = base[1:]
    base[2] = x * 3
    view.sum().backward()

    assert x.grad.item() == 3.0


def test_writes_through_two_views_of_one_base():
    x = leaf(1.0, 2.0, 3.0)
    y = x * 2
    y[0].mul_(y[1].detach().clone())
    y[1:].add_(y[0])
    y.sum().backward()

    assert x.grad.tolist() == [24.0, 2.0, 2.0]  # y = (8 x0, 2 x1 + 8 x0, 2 x2 + 8 x0), with 4 = 2 x1 held fixed


def test_a_saved_tensor_that_was_written_is_found_out():
    x = leaf(1.0, 2.0)
    y = x.exp()
    y.add_(1)

    with pytest.raises(RuntimeError) as caught:
        y.sum().backward()
    assert str(caught.value) == (
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        "[torch.DoubleTensor [2]], which is output 0 of Exp, is at version 1; expected version 0 instead. Hint: enable "
        "anomaly detection to find the operation that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )


def test_what_nobody_saved_may_be_written():
    x = leaf(1.0, 2.0)
    y = x + 1
    y.mul_(3)
    y.sum().backward()

    assert x.grad.tolist() == [3.0, 3.0]


@pytest.mark.parametrize(
    ("write", "text"),
    [
        (lambda x: x.add_(1), "a leaf Variable that requires grad is being used in an in-place operation."),
        (
            lambda x: x[0].add_(1),
            "a view of a leaf Variable that requires grad is being used in an in-place operation.",
        ),
        (
            lambda x: x.clone().unbind()[0].mul_(2),
            "Output 0 of Unbind is a view and is being modified inplace. This view is",
        ),
        (
            lambda x: refgrad.ones(1).expand(3).add_(1),
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location.",
        ),
    ],
)
def test_writes_that_are_refused(write, text):
    with pytest.raises(RuntimeError) as caught:
        write(leaf(1.0, 2.0))
    assert str(caught.value).startswith(text)


def test_memory_may_not_be_read_shifted_while_it_is_written():
    x = refgrad.arange(4.0)
    with pytest.raises(
        RuntimeError, match="some elements of the input tensor and the written-to tensor refer to a single"
    ):
        x[1:].add_(x[:-1])
    x.add_(x)

    assert x.tolist() == [0.0, 2.0, 4.0, 6.0]


def test_a_view_made_without_grad_mode_may_not_be_written_with_it():
    b = leaf(1.0, 2.0).clone()
    with refgrad.no_grad():
        v = b[:1]

    assert v.requires_grad
    with pytest.raises(
        RuntimeError, match="A view was created in no_grad mode and is being modified inplace with grad mode"
    ):
        v.mul_(2)


def test_detach_shares_the_version_and_data_does_not():
    y = leaf(1.0, 2.0).sigmoid()
    y.detach().zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()

    x = leaf(1.0, 2.0)
    y = x.sigmoid()
    y.data.zero_()
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0]  # silently wrong, as documented


def test_an_output_that_its_own_node_saved_may_not_be_cut_off():
    y = leaf(1.0, 2.0).exp()
    z = y * y
    y.detach_()
    with pytest.raises(RuntimeError, match="Trying to use a saved tensor that has been detached in-place"):
        z.sum().backward()


def test_retained_gradients_follow_the_tensor():
    x = leaf(1.0)
    t = x * 2
    t.retain_grad()
    t.mul_(3)
    (t * 5).backward()

    assert t.grad.item() == 5.0
    assert x.grad.item() == 30.0


def test_a_complex_tensor_that_was_written_has_the_name_that_torch_gives_it():
    x = refgrad.tensor([1j], requires_grad=True)
    y = x.exp()
    y.neg_()
    with pytest.raises(RuntimeError, match=r"operation: \[CPUComplexFloatType \[1\]\], which is output 0 of Exp"):
        refgrad.autograd.grad(y, x, refgrad.ones_like(y))


def test_a_retained_gradient_follows_a_base_that_is_written_through_a_view():
    """Source: torch notes/autograd, "Behavior of Tensor hooks when Tensor is modified in-place"."""
    t = leaf(1.0, 2.0) * 1
    t.retain_grad()
    t[0].mul_(5)
    (t * 3).sum().backward()

    assert t.grad.tolist() == [3.0, 3.0]


def test_a_retained_gradient_follows_a_view_that_is_written():
    t = (leaf(1.0, 2.0) * 1)[1:]
    t.retain_grad()
    t.mul_(5)
    (t * 3).sum().backward()

    assert t.grad.tolist() == [3.0]


def test_a_tensor_without_elements_can_be_written():
    assert refgrad.zeros(1, 0).expand(2, 0).fill_(1.0).shape == (2, 0)


@pytest.mark.parametrize(
    ("base", "look"),
    [
        (np.arange(12.0).reshape(3, 4), lambda a: a[1:, ::2]),
        (np.arange(12.0).reshape(3, 4).T, lambda a: a[::-1][1:3]),
        (np.arange(5.0), lambda a: np.lib.stride_tricks.as_strided(a, (3, 3), (8, 8))),
        (np.arange(5.0), lambda a: a[5:]),
    ],
    ids=["strided", "turned base", "overlapping", "empty"],
)
def test_a_window_and_its_transpose_are_adjoint(base, look):
    window = Window(base, look(base))
    u, v = (
        np.random.default_rng(0).standard_normal(base.shape),
        np.random.default_rng(1).standard_normal(look(base).shape),
    )

    assert window.look(base).tolist() == look(base).tolist()
    assert np.vdot(window.look(u), v) == pytest.approx(np.vdot(u, window.gather(v)), rel=1e-14)


def test_repeated_elements_may_be_filled_but_not_computed_with() -> None:
    x = refgrad.ones(1)
    x.expand(3).fill_(2.0)

    assert x.tolist() == [2.0]
    assert x.expand(3).zero_().tolist() == [0.0, 0.0, 0.0]
    for write in (lambda t: t.add_(1), lambda t: t.copy_(refgrad.ones(3)), lambda t: t.uniform_()):
        with pytest.raises(RuntimeError, match="more than one element of the written-to tensor refers to a"):
            write(x.expand(3))


def test_repeated_elements_may_be_turned_in_place() -> None:
    assert refgrad.ones(1).expand(3).unsqueeze_(0).shape == (1, 3)


def test_several_outputs_under_no_grad_are_views_of_no_grad() -> None:
    base = computed()
    with refgrad.no_grad():
        first = base.unbind()[0]

    with pytest.raises(RuntimeError, match="A view was created in no_grad mode and is being .* Given that this"):
        first.mul_(2)


def test_a_write_under_no_grad_spoils_a_view_of_no_grad_as_any_other() -> None:
    base = computed()
    with refgrad.no_grad():
        view = base[:1]
        view.mul_(2)

    with pytest.raises(RuntimeError, match="its base or another view of its base has been modified inplace"):
        view * 3


def test_plain_view_follows_its_base_into_the_graph() -> None:
    base = refgrad.ones(2)
    view = base[:1]
    with refgrad.no_grad():
        base.mul_(2)
    base.requires_grad_()

    assert view.requires_grad
    assert not view.is_leaf
