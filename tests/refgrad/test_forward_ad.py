"""Forward mode: what moves when the input moves, through every kind of op and through memory."""

import gc
import math
import weakref

import pytest

import refgrad as torch

fw = torch.autograd.forward_ad


def T(*values):
    return torch.tensor(values[0] if len(values) == 1 else list(values), dtype=torch.float64)


def moved(f, x, t):
    with fw.dual_level():
        return fw.unpack_dual(f(fw.make_dual(x, t))).tangent


@pytest.mark.parametrize(
    ("f", "tangent"),
    [
        (lambda x: x.exp(), [math.exp(1.0) * 3, math.exp(2.0) * 5]),
        (lambda x: x.sum(), 8.0),
        (lambda x: x * x.flip(0), [2 * 3 + 1 * 5, 2 * 3 + 1 * 5]),
        (lambda x: x.prod(), 2 * 3 + 1 * 5),
        (lambda x: x[0] / x[1], 3 / 2 - 5 / 4),
        (lambda x: torch.stack([x[1], x[0]]), [5.0, 3.0]),
    ],
    ids=["elementwise", "linear", "multilinear", "general", "quotient", "variadic"],
)
def test_the_tangent_is_the_derivative_along_the_direction(f, tangent):
    assert moved(f, T(1.0, 2.0), T(3.0, 5.0)).tolist() == pytest.approx(tangent, rel=1e-15)


@pytest.mark.parametrize(
    ("moving", "tangent"),
    [("x", 2 * 7), ("mat1", 3 * 7 * 5), ("mat2", 3 * 4 * 7), ("all", 2 * 7 + 3 * 7 * 5 + 3 * 4 * 7)],
)
def test_what_is_added_and_each_factor_of_a_product_move_alone_and_together(moving, tangent):
    values = {"x": T([1.0]), "mat1": T([[4.0]]), "mat2": T([[5.0]])}
    with fw.dual_level():
        duals = {
            name: fw.make_dual(v, torch.full_like(v, 7.0)) if moving in (name, "all") else v
            for name, v in values.items()
        }
        got = fw.unpack_dual(torch.addmm(*duals.values(), beta=2, alpha=3)).tangent

    assert got.tolist() == [[float(tangent)]]


def test_a_factor_that_rests_puts_no_nan_into_the_tangent_of_what_is_added():
    factors = T([[math.inf]]), T([[1.0]])

    assert moved(lambda x: torch.addmm(x, *factors), T([2.0]), T([3.0])).tolist() == [[3.0]]


def test_the_tangent_of_a_product_does_not_depend_on_what_is_added():
    x, a, b = T([1.0]).requires_grad_(), T([[4.0]]), T([[5.0]]).requires_grad_()
    tangent = moved(lambda a: torch.addmm(x, a, b), a, torch.ones_like(a))

    assert [g and g.item() for g in torch.autograd.grad(tangent.sum(), (x, b), allow_unused=True)] == [None, 1.0]


def test_a_complex_tangent_is_multiplied_by_the_derivative_itself():
    z = torch.tensor(1 + 2j, dtype=torch.complex128)

    assert moved(lambda z: z * z, z, torch.tensor(1j, dtype=torch.complex128)).item() == 2 * (1 + 2j) * 1j


def test_writes_move_what_they_write():
    def f(x):
        y = torch.zeros(3, dtype=torch.float64)
        view = y[1:]
        y[2] = x[0] * 10
        view.mul_(2)
        return y

    assert moved(f, T(1.0, 2.0), T(3.0, 5.0)).tolist() == [0.0, 0.0, 60.0]


def test_a_constant_written_over_a_dual_stops_its_tangent():
    def f(x):
        y = x * 2
        y[0] = 7.0
        return y

    assert moved(f, T(1.0, 2.0), T(3.0, 5.0)).tolist() == [0.0, 10.0]


def test_a_view_sees_the_tangent_of_its_written_base():
    def f(x):
        y = x.clone()
        v = y[:1]
        y.mul_(y)
        return v

    assert moved(f, T(3.0, 2.0), T(1.0, 1.0)).tolist() == [6.0]


def test_tangents_end_with_their_level():
    with fw.dual_level():
        d = fw.make_dual(T(1.0), T(1.0)) * 3
    with fw.dual_level():
        assert fw.unpack_dual(d).tangent is None


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: fw.make_dual(T(1.0), T(1.0)), RuntimeError, "no level exists, make sure to enter_dual_level"),
        (
            lambda: fw.exit_dual_level(level=3),
            RuntimeError,
            "Trying to exit a forward AD level that was not the last one",
        ),
        (
            lambda: moved(lambda x: x, T(1.0, 2.0), T(1.0)),
            RuntimeError,
            "Tensor is of size [2] while the given forward gradient",
        ),
        (
            lambda: moved(lambda x: x, torch.tensor(1), T(1.0)),
            ValueError,
            "Expected primal to be floating point or complex",
        ),
        (
            lambda: moved(lambda x: moved(torch.sin, x, x), T(1.0), T(1.0)),
            RuntimeError,
            "Nested forward mode AD is not",
        ),
    ],
)
def test_what_forward_mode_refuses(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)
    assert moved(lambda x: x * 2, T(1.0), T(1.0)).item() == 2.0


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda x: torch.igamma(x, T(1.0)), "forward AD with igamma that does not support it because it has not been"),
        (lambda x: torch.special.zeta(x + 1, T(1.0)), "forward AD with special_zeta that does not support it because"),
        (lambda x: torch.heaviside(x, T(1.0)), "forward AD with aten::heaviside that does not support it."),
        (lambda x: x // 2, "forward AD with aten::floor_divide that does not support it."),
    ],
)
def test_an_op_without_a_formula_names_itself(call, text):
    with pytest.raises(NotImplementedError, match=text):
        moved(call, T(1.0), T(1.0))


def test_a_missing_formula_is_asked_for_only_where_something_moves():
    tangent = moved(lambda x: torch.igamma(T(1.0), x), T(0.5), T(1.0))
    assert tangent.item() == pytest.approx(math.exp(-0.5), rel=1e-14)


def test_torch_func_checks_its_tangents_too():
    x = T(1.0, 2.0)
    with pytest.raises(ValueError, match="Expected tangent to be floating point or complex, but got: torch.int64"):
        torch.func.jvp(torch.sin, (x,), (torch.tensor([1, 2]),))
    with pytest.raises(RuntimeError, match=r"Tensor is of size \[2\] while the given forward gradient is of size \[\]"):
        torch.func.jvp(torch.sin, (x,), (T(1.0),))


def test_a_tangent_is_copied_where_it_lies_otherwise_than_its_primal():
    x, tangent, strided = T(1.0, 2.0), T(3.0, 4.0), T([[5.0, 6.0], [7.0, 8.0]])[:, 0]
    assert moved(lambda x: x, x, tangent).data_ptr() == tangent.data_ptr()
    copied = moved(lambda x: x, x, strided)
    assert copied.data_ptr() != strided.data_ptr()
    assert copied.tolist() == [5.0, 7.0]


@pytest.mark.parametrize(
    "f", [torch.exp, torch.tanh, torch.sqrt, lambda x: x * x.sin(), lambda x: x.clone().exp_() * x]
)
def test_forward_over_reverse_is_reverse_over_reverse(f):
    x, direction = T(0.5, 2.0), T(1.0, -3.0)
    leaf = x.clone().requires_grad_()
    (g,) = torch.autograd.grad(f(leaf).sum(), leaf, create_graph=True)
    (expected,) = torch.autograd.grad(g, leaf, direction)
    with fw.dual_level():
        dual = fw.make_dual(x.clone().requires_grad_(), direction)
        (slope,) = torch.autograd.grad(f(dual).sum(), dual, create_graph=True)
        found = fw.unpack_dual(slope).tangent

    assert found.tolist() == pytest.approx(expected.tolist(), rel=1e-13)


def test_a_saved_outputs_tangent_makes_no_cycle_that_outlives_the_level():
    gc.collect()
    gc.disable()
    try:
        with fw.dual_level():
            y = fw.make_dual(T(1.0).requires_grad_(), T(1.0)).exp()
            node = weakref.ref(y.grad_fn)
        del y

        assert node() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("name", ["add", "pow", "atan2", "fmax", "fmin", "maximum", "hypot"])
def test_a_tangent_beside_integers_has_the_dtype_of_the_result(name: str, dtype: str) -> None:
    """torch.autograd.forward_ad: a tangent has its primal's dtype; integers do not widen floats (torch.result_type)."""
    x, whole = torch.tensor([1.5, 0.75], dtype=getattr(torch, dtype)), torch.tensor([2, 3])
    with fw.dual_level():
        dual = fw.make_dual(x, torch.ones_like(x))
        made = [fw.unpack_dual(getattr(torch, name)(*pair)) for pair in ((dual, whole), (whole, dual))]

    assert {pair.tangent.dtype for pair in made} == {pair.primal.dtype for pair in made} == {x.dtype}


def test_the_derivative_of_an_integer_to_a_power_has_all_digits() -> None:
    """d/dy b^y = b^y log b, and the logarithm is of the integer in double precision."""
    y = torch.tensor([1.5, 0.7], dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(torch.pow(torch.tensor([2, 3]), y).sum(), y)

    assert gradient.tolist() == pytest.approx([2**1.5 * math.log(2), 3**0.7 * math.log(3)], rel=1e-15)
