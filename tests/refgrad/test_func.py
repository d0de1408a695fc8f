"""torch.func: derivatives as functions, nested and of nested arguments; vmap as a loop with torch's rules."""

import pytest

import refgrad as torch
from refgrad.func import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, vjp, vmap


def T(*values):
    return torch.tensor(values[0] if len(values) == 1 else list(values), dtype=torch.float64)


def test_grad_nests():
    def cube(x):
        return x**3

    assert [d(T(2.0)).item() for d in (cube, grad(cube), grad(grad(cube)), grad(grad(grad(cube))))] == [
        8.0,
        12.0,
        12.0,
        6.0,
    ]


def test_the_inner_derivative_does_not_see_the_outer_variable_move():
    # d/dx [x * d/dy (x + y)] = d/dx x = 1: the classic example of perturbation confusion
    assert grad(lambda x: x * grad(lambda y: x + y)(T(1.0)))(T(1.0)).item() == 1.0
    assert jvp(lambda x: x * jvp(lambda y: x + y, (T(1.0),), (T(1.0),))[1], (T(1.0),), (T(1.0),))[1].item() == 1.0


def test_results_have_no_history_and_arguments_no_grad():
    x = T(3.0).requires_grad_()
    g = grad(lambda x: x * x)(x.detach())

    assert not g.requires_grad
    assert grad(lambda y: y * x)(T(2.0)).requires_grad  # x is somebody else's variable
    assert x.grad is None


def test_arguments_and_results_may_be_nested():
    found, (value, aux) = grad_and_value(lambda d: ((d["a"] * d["b"][0]).sum(), d["a"]), has_aux=True)(
        {"a": T(1.0, 2.0), "b": [T(3.0, 4.0)]}
    )

    assert found["a"].tolist() == [3.0, 4.0]
    assert found["b"][0].tolist() == [1.0, 2.0]
    assert (value.item(), aux.tolist()) == (11.0, [1.0, 2.0])


def test_vjp_gives_a_tuple_however_many_arguments_there_are():
    out, pull = vjp(lambda x: (x * 3, x * x), T(2.0))

    assert [o.item() for o in out] == [6.0, 4.0]
    assert [g.item() for g in pull((T(1.0), T(10.0)))] == [43.0]


@pytest.mark.parametrize("jacobian", [jacrev, jacfwd])
def test_jacobians_are_nested_output_by_argument(jacobian):
    found = jacobian(lambda x, y: {"product": x * y, "sum": y.sum()}, argnums=(0, 1))(T(1.0, 2.0), T(3.0, 4.0))

    assert [j.tolist() for j in found["product"]] == [[[3.0, 0.0], [0.0, 4.0]], [[1.0, 0.0], [0.0, 2.0]]]
    assert [j.tolist() for j in found["sum"]] == [[0.0, 0.0], [1.0, 1.0]]


def test_the_hessian_of_an_op_that_saves_its_output():
    e = [2.718281828459045, 7.38905609893065]

    assert hessian(lambda x: x.exp().sum())(T(1.0, 2.0)).tolist() == [
        [pytest.approx(e[0]), 0.0],
        [0.0, pytest.approx(e[1])],
    ]


def test_linearize_is_the_derivative_at_that_point():
    value, push = linearize(lambda x: x * x, T(3.0))

    assert (value.item(), push(T(2.0)).item()) == (9.0, 12.0)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda: grad(lambda x: x * 2)(T(1.0, 2.0)),
            RuntimeError,
            "Expected f(*args) to return a scalar Tensor, got tensor with 1",
        ),
        (lambda: grad(lambda x: 3)(T(1.0)), RuntimeError, "Expected f(*args) to return a Tensor, got <class 'int'>"),
        (lambda: grad(lambda x: x, argnums=3)(T(1.0)), RuntimeError, "Got argnum=3, but only 1 positional inputs"),
        (
            lambda: grad(lambda x: x)(3.0),
            ValueError,
            "Thing passed to transform API must be Tensor, got <class 'float'>",
        ),
        (
            lambda: grad(lambda x: x * 1.0)(torch.tensor(1)),
            RuntimeError,
            "only Tensors of floating point dtype can require",
        ),
        (
            lambda: grad(lambda x: x.clone().requires_grad_().backward())(T(1.0)),
            RuntimeError,
            "backward() called inside a functorch",
        ),
        (lambda: vjp(lambda x: (x, x), T(1.0))[1](T(1.0)), RuntimeError, "cotangents: *, primal output: (*, *)"),
        (
            lambda: vjp(lambda x: x > 0, T(1.0)),
            RuntimeError,
            "All outputs of f must be floating-point or complex Tensors",
        ),
        (lambda: jvp(lambda x: x, T(1.0), (T(1.0),)), RuntimeError, "Expected primals to be a tuple"),
        (lambda: jvp(lambda x: T(1.0), (T(1.0),), (T(1.0),), strict=True), RuntimeError, "independent of the inputs"),
        (
            lambda: vmap(lambda x, y: x)(T(1.0, 2.0), T(1.0, 2.0, 3.0)),
            ValueError,
            "same size in the mapped dimension, got sizes [2, 3]",
        ),
        (lambda: vmap(lambda x: x)(3), ValueError, "We cannot vmap over non-Tensor arguments"),
        (lambda: vmap(lambda x: x, in_dims=2)(T(1.0)), ValueError, "expected in_dim to satisfy -0 <= in_dim < 0"),
        (
            lambda: vmap(lambda x: x, in_dims=(0, 0))(T(1.0, 2.0)),
            ValueError,
            "in_dims has structure (*, *) but inputs has structure (*,)",
        ),
        (lambda: vmap(lambda x: 3)(T(1.0, 2.0)), ValueError, "must only return Tensors, got type <class 'int'>"),
    ],
)
def test_what_is_refused(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)


def test_vmap_maps_along_any_dimension():
    x = torch.arange(6.0).reshape(2, 3)

    assert vmap(lambda row: row.sum())(x).tolist() == [3.0, 12.0]
    assert vmap(lambda column: column * 2, in_dims=1, out_dims=1)(x).tolist() == (x * 2).tolist()
    assert vmap(lambda w, x: w * x.sum(), in_dims=(None, 0))(T(2.0), x.double()).tolist() == [6.0, 24.0]


def test_vmap_draws_random_numbers_only_where_told_how():
    x = T(0.0, 0.0, 0.0)

    def noisy(x):
        return x + torch.rand(())

    with pytest.raises(RuntimeError, match="vmap: called random operation while in randomness error mode"):
        vmap(noisy)(x)
    assert len(set(vmap(noisy, randomness="same")(x).tolist())) == 1
    assert len(set(vmap(noisy, randomness="different")(x).tolist())) == 3


def test_vmap_of_grad_gives_gradients_sample_by_sample():
    assert vmap(grad(lambda w, x: (w * x) ** 2), in_dims=(None, 0))(T(1.0), T(1.0, 2.0, 3.0)).tolist() == [
        2.0,
        8.0,
        18.0,
    ]


class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x**2

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g):
        return 2 * g * ctx.saved_tensors[0]


def test_a_function_is_mapped_by_its_own_rule_or_by_a_generated_one():
    class Ruled(Square):
        seen: list = []

        @staticmethod
        def vmap(info, in_dims, x):
            Ruled.seen.append((info.batch_size, in_dims))
            return Ruled.apply(x), in_dims[0]

    class Generated(Square):
        generate_vmap_rule = True

    assert vmap(Ruled.apply)(T(1.0, 2.0, 3.0)).tolist() == [1.0, 4.0, 9.0]
    assert Ruled.seen == [(3, (0,))]
    assert vmap(lambda x: Ruled.apply(x) + 1)(T(1.0, 2.0)).tolist() == [2.0, 5.0]
    assert vmap(grad(Generated.apply))(T(1.0, 2.0)).tolist() == [2.0, 4.0]
    with pytest.raises(RuntimeError, match="You tried to vmap over Square, but it does not have vmap support"):
        vmap(Square.apply)(T(1.0, 2.0))


def test_a_function_without_setup_context_cannot_be_transformed():
    class Combined(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    with pytest.raises(RuntimeError, match="it must override the setup_context staticmethod"):
        grad(Combined.apply)(T(1.0))
