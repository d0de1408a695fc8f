"""gradcheck finds wrong derivatives, and lets right ones pass, in both modes and both orders."""

import pytest

import refgrad as torch
from refgrad.autograd import Function, gradcheck, gradgradcheck
from refgrad.errors import GradcheckError


def leaf(*values):
    return torch.tensor(values[0] if len(values) == 1 else list(values), dtype=torch.float64, requires_grad=True)


def z():
    return torch.tensor([1 + 2j, 0.5 - 1j], dtype=torch.complex128, requires_grad=True)


@pytest.mark.parametrize("fast_mode", [False, True])
@pytest.mark.parametrize(
    ("f", "inputs"),
    [
        (lambda x: x**3, lambda: (leaf(1.0, 2.0),)),
        (lambda x, k, c: (x * k * c, x.sum()), lambda: (leaf(1.0, 2.0), 3, torch.ones(2, dtype=torch.float64))),
        (lambda z: z * z.conj(), lambda: (z(),)),
        (lambda z: (z * z).abs(), lambda: (z(),)),
        (lambda x: x * 1j, lambda: (leaf(1.0, 2.0),)),
    ],
    ids=["real", "constants beside", "complex to complex", "complex to real", "real to complex"],
)
def test_right_derivatives_pass(f, inputs, fast_mode):
    assert gradcheck(f, inputs(), check_forward_ad=True, check_batched_grad=True, fast_mode=fast_mode)
    assert gradgradcheck(f, inputs(), check_fwd_over_rev=True, fast_mode=fast_mode)


class Threefold(Function):
    """Doubles, and says that it triples."""

    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g * 3

    @staticmethod
    def jvp(ctx, t):
        return t * 3


def test_a_wrong_backward_is_shown_with_both_jacobians():
    with pytest.raises(GradcheckError) as caught:
        gradcheck(Threefold.apply, (leaf(1.0, 2.0),))
    assert str(caught.value) == (
        "Jacobian mismatch for output 0 with respect to input 0,\n"
        "numerical:tensor([[2.0000, 0.0000],\n        [0.0000, 2.0000]], dtype=torch.float64)\n"
        "analytical:tensor([[3., 0.],\n        [0., 3.]], dtype=torch.float64)\n"
    )


@pytest.mark.parametrize("options", [{"fast_mode": True}, {"check_forward_ad": True, "check_backward_ad": False}])
def test_a_wrong_derivative_fails_in_every_mode(options):
    assert not gradcheck(Threefold.apply, (leaf(1.0, 2.0),), raise_exception=False, **options)


def test_a_wrong_part_of_a_complex_output_is_named():
    with pytest.raises(
        GradcheckError, match="While considering the imaginary part of complex outputs only, Jacobian mismatch"
    ):
        gradcheck(Threefold.apply, (z(),))


def test_a_backward_that_hides_its_input_fails_only_the_second_order():
    class Cube(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.slope = (3 * x**2).detach()
            return x**3

        @staticmethod
        def backward(ctx, g):
            return g * ctx.slope

    x = leaf(1.0, 2.0)

    assert gradcheck(Cube.apply, (x,))
    assert not gradgradcheck(Cube.apply, (x,), raise_exception=False)


def test_a_backward_must_repeat_itself():
    class Drifts(Function):
        calls = 0

        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            Drifts.calls += 1
            return g * (2 + 1e-9 * Drifts.calls)

    with pytest.raises(GradcheckError, match="Backward is not reentrant"):
        gradcheck(Drifts.apply, (leaf(1.0),))
    assert gradcheck(Drifts.apply, (leaf(1.0),), nondet_tol=1e-3)


def test_a_cotangent_of_zero_gives_zero():
    class Ones(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return torch.where(g == 0, torch.ones_like(g), g * 2)

    with pytest.raises(GradcheckError, match="backward not multiplied by grad_output"):
        gradcheck(Ones.apply, (leaf(1.0),))


def test_undefined_cotangents_count_as_zero():
    class Forgets(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return torch.ones((), dtype=torch.float64) if g is None else g * 2

    x = leaf(1.0)
    with (
        pytest.warns(UserWarning, match="New undefined gradient support checking"),
        pytest.raises(GradcheckError, match="Expected all input grads to be undefined or zero"),
    ):
        gradcheck(Forgets.apply, (x,))
    assert gradcheck(Forgets.apply, (x,), check_undefined_grad=False)


def test_a_constant_output_must_not_move():
    with pytest.raises(GradcheckError, match="Numerical gradient for function expected to be zero"):
        gradcheck(lambda x: x.detach() * 2, (leaf(1.0),))


def test_inputs_come_back_as_they_were():
    x = leaf(1.0, 2.0)
    gradcheck(torch.sin, (x,))

    assert x.tolist() == [1.0, 2.0]
    assert x._version == 0


def test_inputs_that_cannot_be_checked():
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        gradcheck(torch.sin, (torch.ones(1, dtype=torch.float64),))
    with pytest.raises(RuntimeError, match="The 0th input has a dimension with stride 0"):
        gradcheck(torch.sin, (torch.ones(1, dtype=torch.float64).expand(3).requires_grad_(),), raise_exception=False)
    with pytest.warns(UserWarning, match="Input #0 requires gradient and is not a double precision"):
        gradcheck(lambda x: x * 2, (torch.ones(1, requires_grad=True),), raise_exception=False)
