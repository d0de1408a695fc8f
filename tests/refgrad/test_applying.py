"""A Python function for every element, and what its methods refuse."""

import pytest

import refgrad as torch


def test_apply_writes_where_the_tensor_is():
    base = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    row = base[1]
    assert row.apply_(lambda a: a + 1) is row
    assert base.tolist() == [[1.0, 2.0], [4.0, 5.0]]


def test_map_takes_pairs_and_broadcasts_the_other_tensor():
    x = torch.tensor([1.0, 2.0])
    assert x.map_(torch.tensor(10.0), lambda a, b: a * b).tolist() == [10.0, 20.0]
    three = x.map2_(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]), lambda a, b, c: a + b * c)
    assert three.tolist() == [13.0, 28.0]


def test_results_are_cast_to_the_tensors_dtype():
    assert torch.tensor([1, 2]).apply_(lambda a: a + 0.5).tolist() == [1, 2]


def test_every_tensor_must_be_one_without_requires_grad():
    x, plain = torch.ones(2, requires_grad=True), torch.ones(2)
    with pytest.raises(RuntimeError, match=r"Can't call apply_\(\) on Variable that requires grad"):
        x.apply_(abs)
    with pytest.raises(RuntimeError, match=r"Use var.detach\(\).map_\(\) instead"):
        plain.map_(x, max)
    with pytest.raises(RuntimeError, match=r"Can't call map2_\(\)"):
        plain.map2_(plain, x * 1, max)


def test_others_must_be_tensors_of_the_same_dtype_that_fit():
    x = torch.ones(2)
    with pytest.raises(TypeError, match=r"map_\(\): argument 'other' \(position 1\) must be Tensor, not float"):
        x.map_(3.0, max)
    with pytest.raises(TypeError, match=r"map_: expected torch.FloatTensor for 'other' \(got torch.DoubleTensor\)"):
        x.map_(x.double(), max)
    with pytest.raises(RuntimeError, match="expanded size"):
        x.map_(torch.ones(3), max)


def test_reinforce_shows_what_to_write_instead():
    with pytest.raises(RuntimeError, match=r"reinforce\(\) was removed.\nUse torch.distributions instead"):
        torch.ones(1).reinforce(1)


def test_out_refuses_dual_tensors_while_their_level_lasts():
    out, forward_ad = torch.empty(1), torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.ones(1), torch.ones(1))
        with pytest.raises(NotImplementedError, match="forward AD with add_out .* because it is an out= function"):
            torch.add(x, x, out=out)
    assert torch.add(x, x, out=out).tolist() == [2.0]
