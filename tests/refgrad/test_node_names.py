"""What nodes are called after calls in place and after calls that are one op: as torch calls them."""

import pytest

import refgrad

CALLS = {
    "fill_": lambda m, v: v(3).fill_(2.0),
    "fill_ from a tensor": lambda m, v: v(3).fill_(m.tensor(2.0)),
    "zero_": lambda m, v: v(3).zero_(),
    "copy_": lambda m, v: v(3).copy_(v(3)),
    "squeeze_": lambda m, v: v(1, 3).squeeze_(),
    "squeeze_ of one": lambda m, v: v(1, 3).squeeze_(0),
    "squeeze_ of several": lambda m, v: v(1, 1, 3).squeeze_((0, 1)),
    "squeeze of one": lambda m, v: v(1, 3).squeeze(0),
    "unsqueeze_": lambda m, v: v(3).unsqueeze_(0),
    "t_": lambda m, v: v(2, 3).t_(),
    "transpose_": lambda m, v: v(2, 3).transpose_(0, 1),
    "addcmul": lambda m, v: m.addcmul(v(3), v(3), v(3), value=2),
    "addcmul_": lambda m, v: v(3).addcmul_(v(3), v(3)),
    "addcdiv": lambda m, v: m.addcdiv(v(3), v(3), v(3)),
    "masked_scatter_": lambda m, v: v(3).masked_scatter_(m.tensor([True, False, True]), v(2)),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_nodes_have_torchs_names(call):
    torch = pytest.importorskip("torch", reason="the names are torch's")
    names = [
        call(m, lambda *shape, m=m: m.ones(*shape, requires_grad=True).clone()).grad_fn.name() for m in (refgrad, torch)
    ]

    assert names[0] == names[1]


@pytest.mark.parametrize("name", ["addcmul", "addcdiv"])
@pytest.mark.parametrize("dtype", [refgrad.float64, refgrad.complex128])
def test_the_fused_ops_have_right_derivatives(name, dtype):
    x, y, z = (
        (refgrad.randn(*shape, dtype=dtype, generator=refgrad.Generator().manual_seed(n)) + 2).requires_grad_()
        for n, shape in enumerate([(2, 3), (3,), (2, 1)])
    )

    def function(x, y, z):
        return getattr(refgrad, name)(x, y, z, value=0.5)

    assert refgrad.autograd.gradcheck(function, (x, y, z), check_forward_ad=True)
    assert refgrad.autograd.gradgradcheck(function, (x, y, z))
