"""Hold an expression under refgrad against the same text under torch: values, gradients, gradients of gradients.

A Case is Python source in which `torch` is the engine and x, y, z are double-precision inputs.
"""

from __future__ import annotations

import importlib
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

import refgrad


@dataclass(frozen=True)
class Case:
    """One expression, the shapes of its inputs, and what its inputs are made of.

    low, high   inputs are drawn between these
    dtype       of the inputs
    twice       is the second derivative compared as well?
    tolerance   relative and absolute
    """

    text: str
    shapes: tuple[tuple[int, ...], ...] = ((2, 3),)
    low: float = -2.0
    high: float = 2.0
    dtype: str = "float64"
    twice: bool = True
    tolerance: float = 1e-10

    def __str__(self) -> str:
        return f"{self.text} {' '.join(map(str, self.shapes))} {self.dtype if self.dtype != 'float64' else ''}".strip()


def arrays(case: Case) -> list[np.ndarray]:
    """The inputs, the same at every call."""
    rng = np.random.default_rng(7)
    drawn = [rng.uniform(case.low, case.high, shape) for shape in case.shapes]
    if case.dtype.startswith("complex"):
        drawn = [a + 1j * rng.uniform(case.low, case.high, a.shape) for a in drawn]
    return [a.astype(case.dtype) for a in drawn]


def _outputs(result: Any) -> list[Any]:
    """The tensors of a result, in order, those that floats come in."""
    many = result if isinstance(result, tuple | list) else [result]
    return [t for t in many if t.is_floating_point() or t.is_complex()]


def _cotangents(engine: Any, tensors: list[Any], seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    made = []
    for t in tensors:
        a = rng.uniform(-1, 1, tuple(t.shape))
        if t.is_complex():
            a = a + 1j * rng.uniform(-1, 1, tuple(t.shape))
        made.append(engine.tensor(np.asarray(a)).to(t.dtype))
    return made


def answers(engine: Any, case: Case) -> dict[str, np.ndarray]:
    """Values, gradients and second derivatives by name, as arrays."""
    inputs = [engine.tensor(a, requires_grad=True) for a in arrays(case)]
    names = dict(zip("xyzw", inputs, strict=False)) | {
        "torch": engine,
        "F": importlib.import_module(f"{engine.__name__}.nn.functional"),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = eval(case.text, names)  # noqa: S307 - the texts are in the tests themselves
    found = {}
    outputs = _outputs(result)
    for i, t in enumerate(result if isinstance(result, tuple | list) else [result]):
        found[f"value {i}"] = t.detach().numpy(force=True)
    followed = [t for t in outputs if t.requires_grad]
    if not followed:
        return found
    grads = engine.autograd.grad(
        followed, inputs, _cotangents(engine, followed, 11), create_graph=case.twice, allow_unused=True
    )
    found |= {f"gradient {i}": g.detach().numpy(force=True) for i, g in enumerate(grads) if g is not None}
    again = [g for g in grads if g is not None and g.requires_grad]
    if case.twice and again:
        second = engine.autograd.grad(again, inputs, _cotangents(engine, again, 13), allow_unused=True)
        found |= {f"second {i}": g.numpy(force=True) for i, g in enumerate(second) if g is not None}
    return found


def assert_agrees(torch: Any, case: Case) -> None:
    """Every answer of refgrad is torch's; what torch answers with zeros may be missing."""
    ours, theirs = answers(refgrad, case), answers(torch, case)
    for name in ours.keys() | theirs.keys():
        a, b = ours.get(name), theirs.get(name)
        if a is None or b is None:
            present = a if b is None else b
            assert np.allclose(present, 0, atol=1e-14), f"{name}: ours {a}, torch {b}"
            continue
        assert (a.shape, a.dtype) == (b.shape, b.dtype), name
        np.testing.assert_allclose(a, b, rtol=case.tolerance, atol=case.tolerance, err_msg=name)
