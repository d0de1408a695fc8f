"""bfloat16 stays bfloat16: beside Python numbers, in gradients, in tangents, in every op."""

from __future__ import annotations

import pytest

import refgrad

pytest.importorskip("ml_dtypes", reason="refgrad's bfloat16 is made of it")
torch = pytest.importorskip("torch", reason="what bfloat16 computes is asked of torch")

NUMBERS = [0.3, 1.5, 2.0, -0.7]
CALLS = {
    "mul": lambda torch, x: x * 2.5,
    "rsub": lambda torch, x: 0.3 - x,
    "div": lambda torch, x: x / 3.0,
    "pow": lambda torch, x: x**3.0,
    "where": lambda torch, x: torch.where(x > 1, x, 0.0),
    "addcmul": lambda torch, x: torch.addcmul(x, x, x, value=0.3),
    "leaky_relu": lambda torch, x: torch.nn.functional.leaky_relu(x, 0.1),
    "softmax": lambda torch, x: torch.softmax(x, 0),
    "cumprod": lambda torch, x: torch.cumprod(x, 0),
    "norm": lambda torch, x: torch.linalg.vector_norm(x),
    "sinc": lambda torch, x: torch.sinc(x),
    "matmul": lambda torch, x: x @ x,
    "max_pool1d": lambda torch, x: torch.nn.functional.max_pool1d(x.reshape(1, 1, 4), 2),
}


def leaf(torch):
    return torch.tensor(NUMBERS, dtype=torch.bfloat16, requires_grad=True)


def value(tensor):
    """The numbers, exact in float64, and the name of the dtype."""
    return tensor.detach().double().flatten().tolist(), str(tensor.dtype)


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")  # torch's own forward mode
@pytest.mark.parametrize("name", CALLS)
def test_values_gradients_and_tangents_are_bfloat16(name):
    found = []
    for engine in (refgrad, torch):
        x = leaf(engine)
        out = CALLS[name](engine, x)
        (grad,) = engine.autograd.grad(out, x, engine.ones_like(out))
        with engine.autograd.forward_ad.dual_level():
            dual = engine.autograd.forward_ad.make_dual(x.detach(), engine.ones_like(x.detach()))
            tangent = engine.autograd.forward_ad.unpack_dual(CALLS[name](engine, dual)).tangent
        found.append([value(t) for t in (out, grad, tangent)])
    for (ours, dtype), (theirs, expected) in zip(*found, strict=True):
        assert dtype == expected == "torch.bfloat16"
        assert ours == pytest.approx(theirs, rel=2**-6, abs=2**-7)


def test_a_value_is_rounded_once():
    for engine in (refgrad, torch):
        x = engine.tensor(NUMBERS, dtype=engine.bfloat16)
        # in bfloat16, 0.3 is 0.30078125 and 0.30078125 * 0.1 nearest to 0.030029296875
        assert value(x.mul_(0.1))[0][0] == 0.030029296875


def test_a_wider_dtype_asked_for_is_kept():
    for engine in (refgrad, torch):
        x = leaf(engine)
        assert x.sum(dtype=engine.float64).dtype == engine.float64
        assert x.float().dtype == engine.float32


def test_nextafter_is_the_next_bfloat16():
    for engine in (refgrad, torch):
        one, two = engine.tensor([1.0, 2.0], dtype=engine.bfloat16)
        assert engine.nextafter(one, two).item() == 1 + 2**-7


def test_matrix_norms_of_bfloat16_are_refused_where_they_need_a_factorisation():
    for engine in (refgrad, torch):
        eye = engine.eye(2, dtype=engine.bfloat16)
        assert engine.linalg.matrix_norm(eye, 1).item() == 1.0
        with pytest.raises(RuntimeError, match="linalg.matrix_norm: Low precision dtypes not supported. Got BFloat16"):
            engine.linalg.matrix_norm(eye, 2)
