"""Of every op that has a derivative: all that it saves is read, and NaN and infinity come out where torch's do."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from test_every_op import EACH, call, cotangent, inputs, leaves, small

import refgrad
from gradspec import catalogue
from gradspec.catalogue.call import function
from gradspec.catalogue.dtypes import wild
from gradspec.catalogue.model import Op
from gradspec.programs.pool import Application

WILD = [op for op in catalogue.in_order() if wild(op) and small(op)[0]]
ELSEWHERE = {
    "acosh": "torch has slope 0 at -inf, where acosh is not defined",
    "copysign": "the size of NaN or infinity has a slope: torch multiplies by x / |x|, which is NaN",
    "ctc_loss": "torch's rule is right behind log_softmax alone",
    "cumprod": "torch divides by the element, ours never divides",
    "digamma": "torch has NaN at -inf, among poles, ours infinity",
    "erfcx": "torch multiplies infinity by 0, the limit is 0",
    "grid_sample.bicubic": "infinity times a weight of 0 is NaN",
    "i1": "torch takes its slope at 0 for that at NaN",
    "i1e": "torch takes its slope at 0 for that at NaN",
    "interpolate.bicubic": "torch multiplies infinity by weights of 0",
    "interpolate.bilinear": "torch multiplies infinity by weights of 0",
    "interpolate.trilinear": "torch multiplies infinity by weights of 0",
    "log_ndtr": "torch has NaN at -inf, where the slope is infinite",
    "logcumsumexp": "ours is a recurrence, in which NaN goes on",
    "logsumexp": "our shares add up to 1 or to NaN",
    "mode": "which of several modes it is, is open",
    "multi_margin_loss": "a comparison in torch's kernel drops NaN",
    "multilabel_margin_loss": "a comparison in torch's kernel drops NaN",
    "polar": "torch multiplies what is infinite as complex numbers, parts that do not count too",
    "polygamma": "torch multiplies infinity by 0, the limit is 0",
    "prod": "torch divides by the element, ours never divides",
    "renorm": "torch takes a row of NaN for one that is short enough",
    "scaled_dot_product_attention": "torch's kernel has 0 for what softmax makes of infinities",
    "scatter_reduce.prod": "torch divides by the element, ours does not",
    "soft_margin_loss": "torch divides infinity by itself, the limit is 0",
    "trapezoid": "torch adds up infinities of both signs",
    "view_as_complex": "torch multiplies what is infinite as complex numbers, parts that do not count too",
    "zeta": "torch has NaN at infinity, where the limit is 0",
}
"""Where NaN and infinity come out of refgrad in other places than of torch, and why."""


def places(x: np.ndarray) -> np.ndarray:
    """Which elements are NaN, and which infinite, of which sign."""
    return np.where(np.isnan(x), 2.0, np.where(np.isinf(x), np.sign(x.real), 0.0))


@pytest.mark.filterwarnings("ignore:index_reduce")  # torch says once that it is in beta
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("op", WILD, ids=lambda op: op.name)
def test_nan_and_infinity_come_out_where_torchs_come_out(op: Op, number: float) -> None:
    """Of the value, and of the gradients."""
    torch = pytest.importorskip("torch", reason="torch is the documented engine that NaN is compared with")
    application = small(op)[0]
    if op.name in ELSEWHERE:
        return
    arrays = inputs(application)
    u = cotangent(application, arrays)
    arrays[0].reshape(-1)[:1] = number
    found = []
    for engine in (refgrad, torch):
        tensors = [engine.tensor(a, requires_grad=True) for a in arrays]
        try:
            y = function(op.torch, "torch")(engine, *tensors, **application.settings)
        except RuntimeError:  # no solution, no probability
            found.append([])
            continue
        grads = engine.autograd.grad(y, tensors, engine.tensor(u), allow_unused=True) if y.requires_grad else ()
        told = [y, *(engine.zeros(a.shape) if g is None else g for g, a in zip(grads, arrays, strict=False))]
        found.append([t.detach().numpy(force=True) for t in told])

    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_array_equal(places(ours), places(theirs))


AT_EDGES = {
    "angle": "of a real number it matters for NaN alone",
    "cosine_embedding_loss": "lengths, that only keep division by 0 away",
    "grid_sample.bicubic": "places whose weight is 0",
    "grid_sample.bilinear": "places whose weight is 0",
    "grid_sample.nearest": "weights, which are constant",
    "index_fill": "the places, of which there are two that agree",
    "linalg.lstsq": "of the residuals and singular values, which are not asked for",
    "linalg.slogdet": "the sign, which only turns if it is complex",
    "logdet": "the sign, which only turns if it is complex",
    "nextafter": "whether both arguments are the same number",
    "ormqr": "a mask",
    "pow.base": "whether the base is 0",
    "sgn": "of a real number it matters for its shape alone",
}
"""Where a saved tensor is read, and yet moves no gradient here, and what it is read for."""
OTHERWISE = (
    lambda a: np.full_like(a, math.nan) if a.dtype.kind in "fc" else ~a if a.dtype.kind == "b" else np.zeros_like(a),
    lambda a: a * 0,
    lambda a: a[..., ::-1].copy() if a.ndim else a,
    lambda a: a + 1.5 if a.dtype.kind in "fc" else a,
    lambda a: -a - 1 if a.dtype.kind in "fc" else a,
)
"""Ways to change a saved tensor, until one shows."""


@EACH
def test_all_that_is_saved_is_read(op: Op) -> None:
    """Whichever saved tensor is another at backward, a gradient is another, or backward fails."""
    unread = None
    for application in small(op):
        arrays = inputs(application)
        right, count = with_saved(application, arrays, -1, OTHERWISE[0])
        idle = {n for n in range(count) if not any(shows(application, arrays, n, how, right) for how in OTHERWISE)}
        unread = idle if unread is None else unread & idle

    assert not unread or op.name in AT_EDGES


def with_saved(
    application: Application, arrays: list[np.ndarray], changed: int, how: Any
) -> tuple[list[np.ndarray], int]:
    """The gradients where the saved tensor number `changed` is another one; and how many there are."""
    saved: list[Any] = []

    def pack(t: Any) -> int:
        saved.append(t)
        return len(saved) - 1

    def unpack(n: int) -> Any:
        return saved[n] if n != changed else refgrad.tensor(how(saved[n].detach().numpy()))

    with refgrad.autograd.graph.saved_tensors_hooks(pack, unpack):
        tensors = leaves(arrays)
        y = call(application, *tensors)
    if not y.requires_grad:
        return [], 0
    found = refgrad.autograd.grad(
        y, tensors, refgrad.tensor(np.random.default_rng(1).uniform(-1, 1, tuple(y.shape))), allow_unused=True
    )
    return [np.zeros_like(a) if g is None else g.numpy() for g, a in zip(found, arrays, strict=True)], len(saved)


def shows(application: Application, arrays: list[np.ndarray], n: int, how: Any, right: list[np.ndarray]) -> bool:
    """Does it show that the n-th saved tensor is another?"""
    try:
        found, _ = with_saved(application, arrays, n, how)
    except (RuntimeError, ValueError, IndexError, np.linalg.LinAlgError):
        return True
    return any(not np.array_equal(a, b, equal_nan=True) for a, b in zip(found, right, strict=True))
