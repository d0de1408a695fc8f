"""Shapes, joins and indices: torch's values, derivatives and refusals; views share memory, copies do not."""

from __future__ import annotations

import numpy as np
import pytest
from against_torch import Case, assert_agrees

import refgrad

torch = pytest.importorskip("torch", reason="torch is the documented engine that values are compared with")

M, CUBE, V = ((3, 4),), ((2, 3, 4),), ((6,),)
I = "torch.tensor([2, 0, 2])"  # noqa: E741 - an index
CASES = [
    *[Case(text, CUBE) for text in (
        "x.reshape(4, 6), x.reshape(-1), x.view(6, -1), x.flatten(1), x.ravel(), x.unflatten(2, (2, -1))",
        "x.view_as(x.sin())",
        "x.permute(2, 0, 1), x.permute((1, 0, 2)), x.transpose(0, -1), x.swapaxes(0, 1), x.mT, x[0].T, x[0].t()",
        "x.movedim(0, -1), torch.movedim(x, (0, 1), (2, 0))",
        "x.transpose(0, 2).reshape(6, 4), x.transpose(1, 2).contiguous(), x.unsqueeze(1).squeeze(), x[:1].squeeze(0)",
        "x[:1].squeeze((0, 1))",
        "x.unsqueeze(-1).expand(-1, 3, 4, 5), x.expand(2, 2, 3, 4), torch.broadcast_to(x, (5, 2, 3, 4))",
        "x[:1].expand_as(x)",
        "x.narrow(1, 1, 2), x.select(0, 1), x.select(-1, -1), x.diagonal(), x.diagonal(1, 0, 2), x.diagonal(-1, 2, 1)",
        "x.unfold(2, 2, 1), x.unfold(1, 2, 2)",
        "(*x.split(2, 2), *x.split([1, 3], -1))", "x.chunk(3, 2)", "x.unbind(1)", "torch.tensor_split(x, 3, 2)",
        "torch.tensor_split(x, (1, 2), dim=2)",
        "x.flip(0, 2), torch.flip(x, (1,)), x.fliplr(), x.flipud(), x.roll(1), x.roll((1, -2), (0, 2))",
        "torch.rot90(x), x.rot90(3, (1, 2)), x.rot90(2)",
        "x.repeat(2, 1, 1, 3), x.tile((2,)), x.tile(1, 2, 1, 1), x.repeat_interleave(2)",
        "x.repeat_interleave(torch.tensor([1, 0, 2]), dim=1)",
        "x.tril(), x.triu(1), torch.diag_embed(x), torch.diag_embed(x, 1, 0, 2), torch.diag(x[0])",
        "torch.diag(x[0, 0], -1)",
        "F.pad(x, (1, 2)), F.pad(x, (1, 0, -1, 2), value=3.0), F.pad(x, (1, 2), mode='reflect')",
        "F.pad(x, (1, 2), mode='circular'), F.pad(x, (2, 1), mode='replicate')",
        "x[0], x[-1, 1:], x[..., 0], x[:, None], x[1:, ::2, -1], x[...], x[None, 0, ..., 1:3], x[:, :, 1:1]",
        "x[torch.tensor([1, 0, 1])], x[[0, 1], :, [1, 2]], x[:, torch.tensor([[0, 2], [1, 1]])], x[x > 0]",
        "x[:, torch.tensor([True, False, True])], x[torch.tensor(1)], x[0, [1, -1], 2:]",
        "x[0, :, [1, 2, 3]], x[None, -1, ..., [0, 1]], x[0, None, [[1], [2]]], x[[1, 0], :, 0], x[:, None, 0, [1, 2]]",
        "x[True], x[None][False], x[:, [0, 1], None, [2, 3]], x[torch.tensor([0, 1]), :, torch.tensor([[1], [2]])]",
        f"x.index_select(1, {I}), torch.take(x, torch.tensor([[0, -1], [5, 5]]))",
        "x.gather(1, torch.tensor([[[0, 2, 1]], [[1, 1, 1]]])), torch.take_along_dim(x, x.argsort(2), dim=2)",
        f"x.index_fill(1, {I}, 2.5), x.masked_select(x > 0), x.take_along_dim(x.argmax(1, keepdim=True), 1)",
        "x.masked_fill(x > 0.5, 1.0)",
        "x.atleast_3d() if hasattr(x, 'atleast_3d') else torch.atleast_3d(x), torch.atleast_2d(x[0, 0])",
        "torch.atleast_1d(x[0, 0, 0])",
        "x.adjoint(), x[0].H, torch.msort(x), x.nonzero(), torch.argwhere(x > 0), torch.where(x > 0)[1]",
    )],
    Case("torch.cat([x, y]), torch.cat((x, y, x), 0), torch.concat([x, x], dim=-1)", ((2, 3), (4, 3))),
    Case("torch.vstack([x, y]), torch.hstack([x, x]), torch.dstack([x, x])", ((2, 3), (4, 3))),
    Case("torch.stack([x, y], -1), torch.stack((x, y)), torch.column_stack([x, y])", ((2, 3), (2, 3))),
    Case("torch.block_diag(x, y)", ((2, 3), (2, 3))),
    Case("torch.meshgrid(x, y, indexing='ij')", ((2,), (3,))),
    Case("torch.meshgrid(x, y, indexing='xy')", ((2,), (3,))), Case("torch.cartesian_prod(x, y)", ((2,), (3,))),
    Case("torch.cat([x, torch.zeros(2, 3)])", ((2, 3),)),
    Case("torch.adjoint(x), x.mH, x.conj()", ((2, 3),), dtype="complex128"),
    Case("x.index_add(0, torch.tensor([0, 2]), y, alpha=2)", ((3, 4), (2, 4))),
    Case("x.index_copy(0, torch.tensor([2, 0]), y), torch.slice_scatter(x, y, 0, 1)", ((3, 4), (2, 4))),
    Case("x.scatter(1, torch.tensor([[0, 2], [1, 3]]), y)", ((3, 4), (2, 2))),
    Case("x.scatter_add(0, torch.tensor([[0, 0], [1, 0]]), y)", ((3, 4), (2, 2))),
    Case("x.scatter(0, torch.tensor([[1, 2]]), 5.0)", ((3, 4), (2, 2))),
    Case("torch.select_scatter(x, y, 0, 1), x.index_put((torch.tensor([1, 1]),), y, accumulate=True)", ((3, 4), (4,))),
    Case("x.index_put((torch.tensor(1),), y)", ((3, 4), (4,))),
    *[
        Case(f"x.scatter_reduce(0, torch.tensor([0, 1, 0, 0]), y, {how})", ((3,), (4,)))
        for how in ("'amax'", "'sum'", "'mean'", "'amin', include_self=False", "'mean', include_self=False")
    ],
    *[
        Case(f"x.index_reduce(0, {I}, y, '{how}', include_self={own})", ((3, 4), (3, 4)), twice=how[0] != "a")
        for how in ("prod", "mean", "amax", "amin")
        for own in (True, False)
    ],
    Case("x.index_reduce(1, torch.tensor([0, 2]), y, 'prod')", ((3, 4), (3, 2))),
    Case("x.index_reduce(0, torch.tensor([0, 2, 0]), y.trunc() * y, 'prod')", ((3, 4), (3, 4)), twice=False),
    Case("torch.combinations(x), torch.combinations(x, 3), torch.combinations(x, 2, True)", V),
    Case("torch.diagflat(x), x.diagflat(1), torch.diagflat(x, -2)", M),
    Case("x.masked_scatter(x > 0, y), x.put(torch.tensor([0, 5]), y[0, :2])", ((3, 4), (3, 4))),
    Case("torch.diagonal_scatter(x, y[0, :3])", ((3, 4), (3, 4))),
    Case("torch.clone(x).copy_(y), x.clone().fill_(2.0), x.clone().zero_(), x.clone().fill_(y.sum())", ((3, 4), (4,))),
    Case("(lambda a: (a.__setitem__(0, y), a)[1])(x.clone())", ((3, 4), (4,))),
    Case("(lambda a: (a.__setitem__((slice(None), 1), 7.0), a)[1])(x * 1)", M),
    Case("(lambda a: (a.__setitem__(a > 0, 0.0), a * a)[1])(x * 1)", M),
    Case("(lambda a: (a.__setitem__((0, slice(None), [1, 2]), y), a * a)[1])(x * 1)", ((2, 3, 4), (3, 2))),
    Case("(lambda a: (a.__setitem__(([0, 2], [1, 1]), y), a)[1])(x.clone())", ((3, 4), (2,))),
    Case("x.clone().masked_fill_(x > 0, 2.0), x.clone().index_add_(0, torch.tensor([1]), y)", ((3, 4), (1, 4))),
    Case("x.clone().cumsum_(0), x.clone().cumprod_(1), x.clone().renorm_(2, 0, 1.0), x.clone().fill_diagonal_(2.0)", M),
    Case("x.clone().masked_scatter_(x > 0, y), x.clone().put_(torch.tensor([0, 5]), y[0, :2])", ((3, 4), (3, 4))),
    Case("x.clone().scatter_reduce_(0, torch.tensor([0, 1, 0, 0]), y, 'sum')", ((3,), (4,))),
    Case("x.clone().index_reduce_(0, torch.tensor([0, 1, 0, 0]), y, 'prod')", ((3,), (4,))),
    Case("x.clone().addmm_(y, z), x[0].clone().addmv_(y, z[:, 0]), x.clone().addr_(y[:, 0], z[0])",
         ((2, 2), (2, 3), (3, 2)), twice=False),
    Case("x.clone().baddbmm_(y, y), y[0].clone().addbmm_(x, y)", ((2, 2, 2), (2, 2, 2))),
    Case("(x * 1).T.clone().repeat(2, 1).fill_diagonal_(7.0, wrap=True)", M),
    Case("x.clone().scatter_(0, torch.tensor([[1, 0]]), y[:, :2])", ((3, 4), (1, 4))),
    Case("x.clone().add_(y, alpha=2), x.clone().mul_(y), x.clone().div_(y)", ((3, 4), (4,)), 0.5, 2.0),
    Case("x.clone().clamp_(-1, 1), x.clone().pow_(2), x.clone().addcmul_(y, y, value=0.5)", ((3, 4), (4,)), 0.5, 2.0),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:index_reduce")  # torch says once that it is in beta
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case)[:60])
def test_torch_agrees(case: Case) -> None:
    assert_agrees(torch, case)


REFUSED = """
m.view(4)
m.t().view(6)
m.reshape(4)
m.view(-1, -1)
m.view(-1, 4)
m.expand(3, 3)
m.expand(3)
m.permute(0)
m.permute(0, 0)
torch.ones(2, 3, 4).t()
m.select(0, 5)
m[5]
m[0, 0, 0]
m.narrow(0, 1, 5)
torch.cat([m, torch.ones(3, 4)])
torch.cat([])
torch.stack([m, torch.ones(3, 4)])
m.split([1, 2])
m[::-1]
m[1.5]
m[torch.tensor([5])]
m[torch.tensor([True])]
m['a']
m.gather(0, torch.tensor([0]))
m.gather(0, torch.tensor([[5]]))
m.gather(0, torch.tensor([[0.]]))
m.squeeze(5)
m.unsqueeze(5)
m.masked_select(torch.tensor([1.]))
m.masked_fill(torch.tensor([1.]), 2)
m.masked_fill_(torch.tensor([True]), torch.ones(2))
torch.flip(m, (0, 0))
m.unfold(0, 5, 1)
m.copy_(torch.ones(3, 3))
m.index_select(0, torch.tensor([4]))
m.index_add_(0, torch.tensor([0, 1, 2]), m)
m.diagonal(0, 0, 0)
m.sum(3)
m.sum((0, 0))
m.sum(0, 1)
torch.ones(0).max()
torch.ones(0).argmax()
torch.ones(0, 2).max(0)
torch.ones(0, 2).amax(0)
torch.ones(3, dtype=torch.int64).mean()
torch.ones(3, dtype=torch.int64).std()
torch.ones(3, dtype=torch.int64).norm()
m.kthvalue(5)
m.topk(5)
m + torch.ones(3, 3)
torch.nn.functional.mse_loss(torch.ones(2), torch.ones(2), reduction='foo')
torch.nn.functional.gelu(torch.tensor([1]))
torch.nn.functional.cross_entropy(m, torch.tensor([0, 5]))
torch.nn.functional.binary_cross_entropy(torch.tensor([2.]), torch.tensor([1.]))
torch.nn.functional.dropout(m, p=2)
torch.nn.functional.embedding(torch.tensor([5]), m)
torch.ones(2).expand(-1, 2)
m.cumsum(2)
""".strip().splitlines()


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_has_torchs_type_and_words(text: str) -> None:
    told = []
    for engine in (refgrad, torch):
        with pytest.raises((RuntimeError, IndexError, ValueError, TypeError, NotImplementedError)) as error:
            eval(text, {"torch": engine, "m": engine.ones(2, 3)})  # noqa: S307 - the texts are above
        told.append((type(error.value), str(error.value).split("\n")[0]))

    assert told[0] == told[1]


@pytest.mark.parametrize(
    "text",
    [
        "x.view(6)",
        "x.t()",
        "x[0]",
        "x[:, 1:]",
        "x.diagonal()",
        "x.narrow(1, 0, 2)",
        "x.unfold(1, 2, 1)",
        "x.reshape(3, 2)",
    ],
)
def test_writing_to_a_view_writes_to_its_base(text: str) -> None:
    x = refgrad.zeros(2, 3)
    eval(text, {"x": x}).fill_(1.0)  # noqa: S307 - the texts are above

    assert x.sum().item() > 0
    assert x._version == 1


@pytest.mark.parametrize(
    "text",
    ["x[[0]]", "x[x == 0]", "x.flip(0)", "x.clone()", "x.t().reshape(6)", "x.index_select(0, refgrad.tensor([0]))"],
)
def test_writing_to_a_copy_leaves_the_original(text: str) -> None:
    x = refgrad.zeros(2, 3)
    eval(text, {"x": x, "refgrad": refgrad}).fill_(1.0)  # noqa: S307 - the texts are above

    assert not np.any(x.numpy())


def test_setting_through_a_view_cuts_what_it_overwrites_from_the_gradient() -> None:
    x = refgrad.ones(3, requires_grad=True)
    y = x * 2
    y[1] = 5.0
    y.sum().backward()

    assert x.grad.tolist() == [2.0, 0.0, 2.0]


def test_scattering_twice_to_one_place_gives_every_source_the_gradient() -> None:
    """torch.Tensor.scatter_: the gradient is propagated to all locations of a repeated index."""
    source = refgrad.ones(2, requires_grad=True)
    refgrad.zeros(2).scatter(0, refgrad.tensor([1, 1]), source).sum().backward()

    assert source.grad.tolist() == [1.0, 1.0]


def test_a_product_with_zeros_is_differentiated_twice() -> None:
    """Three factors meet in one place, two of them 0: the mixed second derivative is the third factor."""
    source = refgrad.tensor([0.0, 3.0], dtype=refgrad.float64, requires_grad=True)
    x = refgrad.tensor([0.0], dtype=refgrad.float64, requires_grad=True)
    y = x.scatter_reduce(0, refgrad.tensor([0, 0]), source, "prod")
    (of_x,) = refgrad.autograd.grad(y.sum(), x, create_graph=True)

    assert of_x.tolist() == [0.0]
    assert refgrad.autograd.grad(of_x.sum(), source)[0].tolist() == [3.0, 0.0]


def test_an_equation_that_changes_nothing_still_makes_a_tensor_of_its_own():
    x = refgrad.ones(2, 3, requires_grad=True)
    found = refgrad.einsum("ij->ij", x)
    assert found is not x
    assert found.grad_fn is not None
