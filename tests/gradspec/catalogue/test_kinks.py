"""A kink is announced where an op has none of, or several, derivatives; and not a little beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.gradspec.catalogue.kinks_of_layers import LAYERS

from gradspec import catalogue
from gradspec.catalogue import kinks
from gradspec.programs.pool import nonempty

UP = [[1.0, 2.0, 3.0], [5.0, 7.0, 4.0]]
DIM = {"dim": -1, "keepdim": False}
REACHED = {"index": (0, 1), "reduce": "amax", "include_self": True}
WIDE = {"m": 2, "n": 2, "scale": 8}

KINKS: dict[str, tuple[list[Any], list[Any], dict[str, Any]]] = {
    # op: (arguments at a kink, arguments beside it, settings)
    "maximum": ([[1.0, 2.0], [0.0, 2.0]], [[1.0, 2.0], [0.0, 2.1]], {}),
    "minimum": ([[1.0, 2.0], [0.0, 2.0]], [[1.0, 2.0], [0.0, 2.1]], {}),
    "fmax": ([[1.0, 2.0], [0.0, 2.0]], [[1.0, 2.0], [0.0, 2.1]], {}),
    "fmin": ([[1.0, 2.0], [0.0, 2.0]], [[1.0, 2.0], [0.0, 2.1]], {}),
    "where": ([[1.0, 2.0], [0.0, 2.0]], [[1.0, 2.0], [0.0, 2.1]], {}),
    "copysign": ([[0.0], [1.0]], [[0.1], [1.0]], {}),
    "remainder": ([[6.0], [2.0]], [[6.1], [2.0]], {}),
    "fmod": ([[-6.0], [2.0]], [[-6.1], [2.0]], {}),
    "clamp": ([[1.0, 0.3]], [[1.1, 0.3]], {"min": -0.5, "max": 1.0}),
    "abs": ([[0.0]], [[0.1]], {}),
    "sign": ([[0.0]], [[0.1]], {}),
    "sinc": ([[0.0]], [[0.1]], {}),
    "floor": ([[2.0]], [[2.1]], {}),
    "ceil": ([[2.0]], [[2.1]], {}),
    "trunc": ([[2.0]], [[2.1]], {}),
    "frac": ([[2.0]], [[2.1]], {}),
    "round": ([[2.5]], [[2.0]], {}),
    "amax": ([[[1.0, 3.0, 3.0]]], [[[1.0, 1.0, 3.0]]], DIM),
    "amin": ([[[1.0, 1.0, 3.0]]], [[[1.0, 3.0, 3.0]]], DIM),
    "max.dim": ([[[1.0, 3.0, 3.0]]], [[[1.0, 1.0, 3.0]]], DIM),
    "min.dim": ([[[1.0, 1.0, 3.0]]], [[[1.0, 3.0, 3.0]]], DIM),
    "std": ([[[2.0, 2.0]]], [[[2.0, 2.1]]], DIM),
    "linalg.vector_norm": ([[[0.0, 1.0]]], [[[0.1, 1.0]]], DIM | {"ord": 1.0}),
    "relu": ([[0.0]], [[0.1]], {}),
    "relu6": ([[6.0]], [[6.1]], {}),
    "leaky_relu": ([[0.0]], [[0.1]], {}),
    "elu": ([[0.0]], [[0.1]], {}),
    "selu": ([[0.0]], [[0.1]], {}),
    "celu": ([[0.0]], [[0.1]], {}),
    "softsign": ([[0.0]], [[0.1]], {}),
    "hardtanh": ([[-1.0]], [[0.0]], {}),
    "hardsigmoid": ([[3.0]], [[0.0]], {}),
    "hardswish": ([[-3.0]], [[0.0]], {}),
    "softshrink": ([[0.5]], [[0.0]], {}),
    "hardshrink": ([[-0.5]], [[0.0]], {}),
    "threshold": ([[0.25]], [[0.0]], {"threshold": 0.25}),
    "cummax": ([[2.0, 2.0]], [UP], {"dim": 0}),
    "cummin": ([[2.0, 2.0]], [UP], {"dim": 0}),
    "sort": ([[2.0, 1.0, 2.0]], [UP], {"dim": -1}),
    "topk": ([[2.0, 1.0, 2.0]], [UP], {"k": 1}),
    "kthvalue": ([[2.0, 1.0, 2.0]], [UP], {"k": 1}),
    "masked_fill": ([[0.25]], [[0.0]], {"threshold": 0.25}),
    "linalg.matrix_norm": ([np.zeros((2, 2))], [np.eye(2)], {}),
    "linalg.eigvalsh": ([np.eye(2)], [np.diag([1.0, 2.0])], {}),
    "linalg.svdvals": ([np.eye(2)], [np.diag([1.0, 2.0])], {}),
    "norm": ([[[0.0, 0.0]]], [[[0.1, 0.0]]], DIM | {"ord": 2.0}),
    "dist": ([[1.0, 2.0], [1.0, 2.0]], [[1.0, 2.0], [1.0, 2.1]], {"ord": 2.0}),
    "std_mean": ([[[2.0, 2.0]]], [[[2.0, 2.1]]], DIM),
    "count_nonzero": ([[0.0, 1.0]], [[0.1, 1.0]], {}),
    "corrcoef": ([[[1.0, 1.0, 1.0], [1.0, 2.0, 4.0]]], [[[1.0, 1.1, 1.0], [1.0, 2.0, 4.0]]], {}),
    "renorm": ([[[0.6, 0.8], [3.0, 4.0]]], [UP], {"dim": 0, "maxnorm": 1.0}),
    "prelu": ([np.zeros((2, 3)), np.ones(3)], [np.ones((2, 3)), np.ones(3)], {}),
    "max.all": ([[[1.0, 3.0], [3.0, 2.0]]], [[[1.0, 1.0], [3.0, 2.0]]], {}),
    "min.all": ([[[1.0, 3.0], [1.0, 2.0]]], [[[1.0, 3.0], [3.0, 2.0]]], {}),
    "aminmax": ([[[1.0, 1.0, 3.0]]], [[[1.0, 2.0, 2.0, 3.0]]], DIM),
    "argmax": ([[[1.0, 3.0, 3.0]]], [[[1.0, 1.0, 3.0]]], {"dim": -1}),
    "argmin": ([[[1.0, 1.0, 3.0]]], [[[1.0, 3.0, 3.0]]], {"dim": -1}),
    "median.all": ([[2.0, 1.0, 2.0]], [UP], {}),
    **dict.fromkeys(("median", "nanmedian", "mode", "quantile", "nanquantile"), ([[2.0, 1.0, 2.0]], [UP], DIM)),
    "argsort": ([[2.0, 1.0, 2.0]], [UP], {"dim": -1}),
    "msort": ([[2.0, 1.0, 2.0]], [UP], {}),
    "topk.smallest": ([[2.0, 1.0, 2.0]], [UP], {"dim": -1, "k": 1}),
    "scatter_reduce": ([[1.0, 5.0], [2.0, 5.0]], [[1.0, 5.0], [2.0, 5.1]], REACHED),
    "index_reduce": ([[1.0, 5.0], [2.0, 5.0]], [[1.0, 5.0], [2.0, 5.1]], REACHED),
    "searchsorted": ([[-1.0]], [[0.5]], {}),
    "cdist": ([[[1.0, 2.0]], [[1.0, 2.0]]], [[[1.0, 2.0]], [[1.0, 2.1]]], {"p": 2.0}),
    "pdist": ([[[1.0, 2.0], [1.0, 3.0]]], [[[1.0, 2.0], [1.1, 3.0]]], {"p": 1.0}),
    "linalg.eigh": ([np.eye(2)], [np.diag([1.0, 2.0])], {}),
    **dict.fromkeys(("linalg.svd", "linalg.svd.full", "linalg.cond"), ([np.eye(2)], [np.diag([1.0, 2.0])], WIDE)),
    **dict.fromkeys(("linalg.lu", "linalg.lu_factor"), ([[[0.0, 1.0], [8.0, 0.0]]], [np.ones((2, 2))], WIDE)),
    "linalg.matrix_norm.ord": ([[[1.0, 2.5], [2.0, 0.5]]], [[[1.0, 3.0], [2.0, 1.5]]], {"ord": "1"}),
    "linalg.matrix_norm.nuclear": ([np.eye(2)], [np.diag([1.0, 2.0])], {}),
    "max_pool1d": ([[[[2.0, 2.0]]]], [[[[2.0, 1.0]]]], {}),
    "normalize": ([[[0.0, 0.0], [1.0, 2.0]]], [UP], {}),
    "cosine_similarity": ([[0.0, 0.0], [1.0, 2.0]], [[0.1, 0.0], [1.0, 2.0]], {}),
    "pairwise_distance": ([[1.0, 2.0], [1.0, 2.0]], [[1.0, 2.0], [1.0, 2.1]], {}),
    "l1_loss": ([[1.0], [1.0]], [[1.0], [1.1]], {}),
    "smooth_l1_loss": ([[1.5], [1.0]], [[1.0], [1.0]], {"beta": 0.5}),
    "huber_loss": ([[1.0], [2.0]], [[1.0], [1.0]], {"delta": 1.0}),
}

KINKS |= LAYERS


def arrays(arguments: list[Any], dtype: str = "float64") -> list[np.ndarray]:
    return [np.array(argument, dtype=dtype) for argument in arguments]


def test_every_op_with_kinks_has_one_here() -> None:
    assert set(KINKS) == {op.name for op in catalogue.in_order() if op.kinks is not kinks.never}


@pytest.mark.parametrize("name", KINKS)
def test_a_kink_is_announced(name: str) -> None:
    at, _, settings = KINKS[name]

    assert catalogue.get(name).kinks(arrays(at), settings)


@pytest.mark.parametrize("name", KINKS)
def test_beside_a_kink_nothing_is_announced(name: str) -> None:
    _, beside, settings = KINKS[name]

    assert not catalogue.get(name).kinks(arrays(beside), settings)


@pytest.mark.parametrize(("dtype", "distance"), [("float64", 1e-9), ("float32", 1e-4)])
def test_close_is_a_matter_of_the_dtype(dtype: str, distance: float) -> None:
    assert catalogue.get("relu").kinks(arrays([[distance]], dtype), {})
    assert not catalogue.get("relu").kinks(arrays([[100 * distance]], dtype), {})


def test_nothing_is_tied_in_an_empty_tensor() -> None:
    empty = np.zeros((0, 3))

    assert not catalogue.get("amax").kinks([empty], {"dim": -1, "keepdim": False})
    assert not catalogue.get("sort").kinks([empty], {"dim": 0})


@pytest.mark.parametrize(("order", "at", "beside"), [(2.0, [0.0, 0.0], [0.0, 1.0]), ("inf", [1.0, -1.0], [1.0, -2.0])])
def test_each_order_of_norm_has_its_own_kinks(order: Any, at: list[float], beside: list[float]) -> None:
    norm = catalogue.get("linalg.vector_norm")

    assert norm.kinks(arrays([at]), DIM | {"ord": order})
    assert not norm.kinks(arrays([beside]), DIM | {"ord": order})


@pytest.mark.parametrize(
    ("reduce", "include_self", "source", "tied"),
    [
        ("amax", True, [2.0, 9.0], True),
        ("amax", False, [2.0, 9.0], False),
        ("amin", False, [1.0, 1.0], True),
        ("mean", True, [2.0, 2.0], False),
    ],
)
def test_only_what_meets_in_one_place_can_be_tied(reduce: str, include_self: bool, source: Any, tied: bool) -> None:
    settings = {"index": (0, 0), "reduce": reduce, "include_self": include_self}

    assert bool(catalogue.get("index_reduce").kinks(arrays([[9.0, 9.0], source]), settings)) is tied


@pytest.mark.parametrize("order", ["-inf", 0.5, -1.0])
def test_further_orders_of_norm_turn_at_zero(order: Any) -> None:
    norm = catalogue.get("linalg.vector_norm")

    assert norm.kinks(arrays([[0.0, 2.0]]), DIM | {"ord": order})
    assert not norm.kinks(arrays([[1.0, 2.0]]), DIM | {"ord": order})


@pytest.mark.parametrize("name", ["std", "renorm", "smooth_l1_loss", "triplet_margin_loss", "pairwise_distance"])
@pytest.mark.parametrize("number", [np.inf, np.nan, 1e308])
def test_what_is_not_finite_is_looked_at_without_a_warning(name: str, number: float) -> None:
    op = catalogue.get(name)
    place = nonempty(op)[0]

    kinks.mask(op, [np.full(shape, number) for shape in place.shapes], place.settings)


def test_the_weight_of_prelu_stands_along_the_second_dimension() -> None:
    x, weight = np.array([[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]]), np.ones(3)

    assert [mask.shape for mask in kinks.mask(catalogue.get("prelu"), [x.reshape(1, 3, 2), weight], {})] == [
        (1, 3, 2),
        (3,),
    ]
