"""gradcheck and gradgradcheck: are the derivatives that backward and forward mode give those of the function?

Jacobians are compared with central differences (see jacobians.py), in full or, in fast mode, along random
directions. Complex outputs are looked at in two parts, real and imaginary, and so are complex inputs in forward
mode. A Setting is what the caller chose. Source: PyTorch notes, Gradcheck mechanics.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import backward, errors
from .cotangents import check_batched, check_scaling, check_undefined, check_undefined_forward
from .errors import GradcheckError
from .jacobians import (
    Matrix,
    Probe,
    all_directions,
    as_tuple,
    by_backward,
    by_forward,
    checked,
    differentiable,
    floating,
    numerical,
    random_directions,
)
from .tensor import Tensor, wrap

Checked = Callable[..., Any]


@dataclass(frozen=True)
class Setting:
    """What the caller of gradcheck chose."""

    eps: float
    atol: float
    rtol: float
    nondet_tol: float
    check_grad_dtypes: bool
    fast_mode: bool


def _check_inputs(inputs: Sequence[Any]) -> None:
    places = checked(inputs)
    for i in places:
        t = inputs[i]
        if t._a.dtype not in (np.float64, np.complex128):
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. This check "
                "will likely fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=4,
            )
        if any(s == 0 and n > 1 for s, n in zip(t._a.strides, t._a.shape, strict=True)):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients correctly. You should call "
                ".contiguous on the input before passing it to gradcheck."
            )
    if not places:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )


# Comparing them


def _close(a: Matrix, n: Matrix, rtol: float, atol: float) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.all((a == n) | (np.abs(a - n) <= atol + rtol * np.abs(n))))


def _repeated(out: Tensor, inputs: Sequence[Any], probe: Probe, v_rows: Matrix, tolerance: float) -> list[Matrix]:
    """The Jacobians by backward, made twice: it must give the same both times."""
    first, second = (by_backward(out, inputs, probe, v_rows) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        if a.size and np.abs(a - b).max() > tolerance:
            raise errors.not_reentrant(tolerance)
    return first


def _compare_backward(func: Checked, inputs: Sequence[Any], setting: Setting, part: str = "") -> None:
    """Check backward against differences. `part` names the part of complex outputs that `func` shows."""
    out = func(*inputs)
    ys, xs = differentiable(out), [inputs[i] for i in checked(inputs)]
    places = [k for k, o in enumerate(floating(out)) if o.requires_grad]
    probe = random_directions(xs, ys, False) if setting.fast_mode else all_directions(xs, ys)
    expected = numerical(func, inputs, probe.directions, setting.eps)
    if not ys:
        if any(np.any(n != 0) for row in expected for n in row):
            raise GradcheckError("Numerical gradient for function expected to be zero")
        return
    for k, (y, v_rows) in enumerate(zip(ys, probe.cotangents, strict=True)):
        for i, a in enumerate(_repeated(y, inputs, probe, v_rows, setting.nondet_tol)):
            n = expected[i][places[k]] @ v_rows.T
            atol = setting.atol * (probe.directions[i].sum() * v_rows.sum() if setting.fast_mode else 1)
            if not _close(a, n, setting.rtol, atol):
                raise errors.jacobian_mismatch(
                    wrap(a), wrap(n), k, i, f"{part} part of complex outputs" if part else "", ""
                )


def _compare_forward(func: Checked, inputs: Sequence[Any], setting: Setting, part: str = "") -> None:
    """Check forward mode against differences. `part` names the part of complex inputs that `func` takes."""
    ys, xs = floating(func(*inputs)), [inputs[i] for i in checked(inputs)]
    probe = random_directions(xs, ys, True) if setting.fast_mode else all_directions(xs, ys)
    expected = numerical(func, inputs, probe.directions, setting.eps)
    found = by_forward(func, inputs, probe.directions, setting.check_grad_dtypes)
    for i, row in enumerate(found):
        for k, a in enumerate(row):
            atol = setting.atol * (probe.directions[i].sum() if setting.fast_mode else 1)
            if not _close(a, expected[i][k], setting.rtol, atol):
                about = f"{part} part of complex inputs" if part else ""
                raise errors.jacobian_mismatch(
                    wrap(a), wrap(expected[i][k]), k, i, about, "computed with forward mode "
                )


def _parts_of_outputs(func: Checked) -> dict[str, Checked]:
    """The function's imaginary and real part, where its outputs are complex."""

    def part(name: str) -> Checked:
        return lambda *inputs: tuple(getattr(o, name) if o.is_complex() else o for o in as_tuple(func(*inputs)))

    return {"imaginary": part("imag"), "real": part("real")}


def _parts_of_inputs(func: Checked, inputs: Sequence[Any]) -> dict[str, tuple[Checked, list[Any]]]:
    """The function of the imaginary parts of its complex inputs, and of the real ones, the other part held fixed."""
    complex_ones = [i for i, t in enumerate(inputs) if isinstance(t, Tensor) and t.is_complex()]

    def joined(join: Callable[[Any, Any], Any]) -> Checked:
        def of_parts(*parts: Any) -> Any:
            whole = [join(p, inputs[i]) if i in complex_ones else p for i, p in enumerate(parts)]
            return func(*whole)

        return of_parts

    def taken(name: str) -> list[Any]:
        return [
            wrap(getattr(t._a, name).copy()).requires_grad_(t.requires_grad) if i in complex_ones else t
            for i, t in enumerate(inputs)
        ]

    def fixed(t: Tensor, name: str) -> Tensor:
        return wrap(getattr(t._a, name).copy())

    return {
        "imaginary": (joined(lambda p, t: fixed(t, "real") + p * 1j), taken("imag")),
        "real": (joined(lambda p, t: p + fixed(t, "imag") * 1j), taken("real")),
    }


# The two functions


def gradcheck(
    func: Checked,
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """True where the derivatives of `func` at `inputs` are those that central differences show.

    Only inputs that require grad are moved; they should be of double precision. A difference raises
    GradcheckError, or gives False without `raise_exception`. Batched forward gradients are what
    forward mode gives one by one, since a batch is a loop here.
    """
    for wish, value, needs, have in (
        ("check_batched_grad", check_batched_grad, "check_backward_ad", check_backward_ad),
        ("check_batched_forward_grad", check_batched_forward_grad, "check_forward_ad", check_forward_ad),
    ):
        if value and not have:
            raise AssertionError(f"Setting {wish}=True requires {needs} to be True")
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    given = as_tuple(inputs)
    _check_inputs(given)
    setting = Setting(eps, atol, rtol, nondet_tol, check_grad_dtypes, fast_mode)
    try:
        if check_backward_ad:
            _backward_checks(func, given, setting, check_undefined_grad, check_batched_grad, bool(masked))
        if check_forward_ad:
            _forward_checks(func, given, setting, check_undefined_grad)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _backward_checks(
    func: Checked, inputs: Sequence[Any], setting: Setting, undefined: bool, batched: bool, masked: bool
) -> None:
    out = func(*inputs)
    if any(o.is_complex() for o in floating(out)):
        for name, part in _parts_of_outputs(func).items():
            _compare_backward(part, inputs, setting, name)
    else:
        _compare_backward(func, inputs, setting)
    outputs = differentiable(out)
    if batched:
        for k, o in enumerate(outputs):
            check_batched(inputs, o, k)
    check_scaling(outputs, inputs, masked)
    if undefined:
        check_undefined(func, inputs)


def _forward_checks(func: Checked, inputs: Sequence[Any], setting: Setting, undefined: bool) -> None:
    if any(inputs[i].is_complex() for i in checked(inputs)):
        cases = [(part, taken, name) for name, (part, taken) in _parts_of_inputs(func, inputs).items()]
    else:
        cases = [(func, list(inputs), "")]
    for part, taken, name in cases:
        _compare_forward(part, taken, setting, name)
        if undefined:
            check_undefined_forward(part, taken)


def gradgradcheck(
    func: Checked,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Run gradcheck on (inputs, grad_outputs) -> gradients: are second derivatives right?

    Without `grad_outputs` they are drawn at random between -1 and 1.
    """
    for wish, value in (("check_undefined_grad", check_undefined_grad), ("check_batched_grad", check_batched_grad)):
        if value and not check_rev_over_rev:
            raise AssertionError(f"Setting {wish}=True requires check_rev_over_rev to be True")
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    given = as_tuple(inputs)
    cotangents = (
        _drawn(differentiable(func(*given)), gen_non_contig_grad_outputs)
        if grad_outputs is None
        else as_tuple(grad_outputs)
    )
    needs = set(checked([*given, *cotangents]))

    def gradients(*args: Any) -> tuple[Tensor, ...]:
        args = tuple(x.requires_grad_() if i in needs else x for i, x in enumerate(args))
        xs, vs = args[: len(given)], args[len(given) :]
        outs = differentiable(func(*xs))
        wanted = [x for i, x in enumerate(xs) if i in needs]
        found = backward.grad(outs, wanted, vs, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(
        gradients, (*given, *cotangents), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
        nondet_tol=nondet_tol, check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad, check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev, fast_mode=fast_mode, masked=masked,
    )  # fmt: skip


def _drawn(outputs: Sequence[Tensor], gaps: bool) -> tuple[Tensor, ...]:
    """A cotangent for every output; with `gaps`, one that does not lie in one stretch of memory."""
    rng = np.random.default_rng(0)
    drawn = []
    for o in outputs:
        v = rng.uniform(-1, 1, (*o.shape, 2) if gaps else o.shape).astype(o._a.dtype)
        if o.is_complex():
            v = v + 1j * rng.uniform(-1, 1, v.shape)
        drawn.append(wrap(np.asarray(v[..., 0] if gaps else v)).requires_grad_())
    return tuple(drawn)


__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]
