"""Every entry of the catalogue keeps its word: shapes, bounds, and one meaning in torch's words and in jax's."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest

from gradspec import catalogue
from gradspec.catalogue import laws
from gradspec.catalogue.call import function
from gradspec.catalogue.model import Op
from gradspec.errors import UnknownName
from gradspec.programs import values
from gradspec.programs.build import LIMIT, MODEST, inside
from gradspec.programs.pool import Application, applications, nonempty

EACH = pytest.mark.parametrize("op", catalogue.in_order(), ids=lambda op: op.name)


COARSE = {"hardsigmoid": 1e-7}  # torch's backward multiplies float64 by a float32 sixth


def points(application: Application, reach: float = 2.0) -> list[np.ndarray]:
    """Generic values inside the domains, of size `reach` at most where the domain allows it."""
    arrays = []
    for n, (shape, (low, high)) in enumerate(zip(application.shapes, intervals(application.op, reach), strict=True)):
        raw = values.words(values.INPUT, 11, n, math.prod(shape))
        arrays.append(values.generic(raw, low, high).reshape(shape))
    return arrays


def intervals(op: Op, reach: float) -> list[tuple[float, float]]:
    """Where `points` lie."""
    found = [inside(slot.domain) for slot in op.slots]
    return [(max(low, -reach), min(high, max(reach, low + reach))) for low, high in found]


def a_few(op: Op, count: int) -> tuple[Application, ...]:
    """Applications from all over the list."""
    options = applications(op)
    return options[:: max(1, len(options) // count)]


def typical(op: Op) -> Application:
    """One application, to matrices if it applies to matrices."""
    options = nonempty(op)
    flat = [a for a in options if max(map(len, a.shapes)) == 2] or options
    return flat[len(flat) // 2]


def test_names_lead_to_their_ops() -> None:
    assert list(catalogue.ops()) == sorted(op.name for op in catalogue.in_order())
    assert catalogue.get("tanh").name == "tanh"


def test_a_misspelt_op_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownName, match="unknown op 'sigmod'. Did you mean 'sigmoid'"):
        catalogue.get("sigmod")


def test_laws_are_about_ops_that_exist() -> None:
    named = [name for names in laws.BY_KIND.values() for name in names.split()]

    assert set(named) <= set(catalogue.entries())
    assert laws.laws(catalogue.get("cosh")) == ("f(-x) == f(x)", "f(x) ** 2 - torch.sinh(x) ** 2 == 1")


@EACH
def test_something_of_the_pool_fits_every_op(op: Op) -> None:
    assert nonempty(op)


@EACH
def test_settings_are_plain_data(op: Op) -> None:
    def plain(setting: Any) -> bool:
        if isinstance(setting, tuple):
            return all(map(plain, setting))
        if isinstance(setting, float):
            return math.isfinite(setting)
        return setting is None or isinstance(setting, bool | int | str)

    assert all(plain(setting) for a in applications(op) for setting in a.settings.values())


@EACH
def test_modest_arguments_have_a_bounded_result(op: Op) -> None:
    for application in a_few(op, 50):
        reach = op.bounds(intervals(op, 1.0), application.shapes, application.settings)

        assert reach is not None
        assert max(map(abs, reach)) <= LIMIT, MODEST


@pytest.mark.filterwarnings("ignore:index_reduce")  # torch says once that it is in beta
@EACH
def test_torch_gives_the_promised_shape_within_the_bounds(op: Op) -> None:
    torch = pytest.importorskip("torch", reason="the templates are in torch's words")
    for application in a_few(op, 12):
        result = function(op.torch, "torch")(torch, *map(torch.tensor, points(application)), **application.settings)
        low, high = op.bounds(intervals(op, 2.0), application.shapes, application.settings) or (-math.inf, math.inf)

        assert tuple(result.shape) == application.result
        assert bool(((result >= low - 1e-12) & (result <= high + 1e-12)).all())


@EACH
def test_generic_points_are_not_kinks(op: Op) -> None:
    kinked = [bool(op.kinks(points(a), a.settings)) for a in a_few(op, 12)]

    assert sum(kinked) * 4 <= len(kinked)


@pytest.mark.filterwarnings("ignore:index_reduce")
@pytest.mark.parametrize("op", [op for op in catalogue.in_order() if op.jax], ids=lambda op: op.name)
def test_torch_and_jax_agree_on_value_and_gradient(op: Op) -> None:
    torch = pytest.importorskip("torch", reason="one of the two engines compared")
    pytest.importorskip("jax", reason="the other engine compared")
    application = typical(op)
    tensors = [torch.tensor(array, requires_grad=True) for array in points(application)]

    result = function(op.torch, "torch")(torch, *tensors, **application.settings)
    gradients = torch.autograd.grad(result, tensors, torch.tensor(cotangent(application)))

    value, pulled = in_jax(op.family)[op.name]
    rtol = COARSE.get(op.name, 1e-9)
    np.testing.assert_allclose(value, result.numpy(force=True), rtol=rtol, atol=1e-12)
    for theirs, ours in zip(pulled, gradients, strict=True):
        np.testing.assert_allclose(theirs, ours.numpy(force=True), rtol=rtol, atol=1e-12)


def cotangent(application: Application) -> np.ndarray:
    """A random cotangent of the result's shape."""
    raw = values.words(values.COTANGENT, 11, 0, math.prod(application.result))
    return values.generic(raw, -2.0, 2.0).reshape(application.result)


@functools.cache
def in_jax(family: str) -> dict[str, Any]:
    """Value and gradients of every op of a family; compiled together, which takes a fifth of the time."""
    import jax
    import jax.numpy as jnp

    def answer(application: Application, arrays: list[Any]) -> Any:
        call = functools.partial(function(application.op.jax, "jnp", "jax", "lax"), jnp, jax, jax.lax)
        value, pull = jax.vjp(lambda *xs: call(*xs, **application.settings), *arrays)
        return value, pull(jnp.asarray(cotangent(application)))

    chosen = {op.name: typical(op) for op in catalogue.in_order() if op.family == family and op.jax}
    with jax.enable_x64(True):
        return jax.jit(lambda arrays: {name: answer(a, arrays[name]) for name, a in chosen.items()})(
            {name: points(a) for name, a in chosen.items()}
        )
