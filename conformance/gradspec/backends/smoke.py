"""Tell a broken adapter from a wrong engine: try the protocol on cases whose answers nobody disputes.

A Trial is one thing tried and what came of it. A failed Trial means that the adapter must be mended
before any verdict about its engine is worth reading.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..outcome import Answers, Array
from ..programs import values as data
from ..programs.model import Input, Program, Question, Step
from .protocol import CAPABILITIES, Backend
from .registry import load


@dataclass(frozen=True)
class Trial:
    """`what` was tried; `wrong` is empty if it went well, else what came and what to do."""

    what: str
    wrong: str = ""

    def __str__(self) -> str:
        return f"FAILED  {self.what}: {self.wrong}" if self.wrong else f"ok      {self.what}"


X, Y = Input((2,), exact=("0x1.8p+0", "-0x1.0p+1")), Input((2,), exact=("0x1.0p+2", "0x1.0p-1"))
PRODUCT = Program((X, Y), (Step("mul", (0, 1), {}, (2,)),), (2,), (Question("reverse", seed=1),))
"""[1.5, -2] * [4, 0.5], and its gradient: every number is exact."""

MISFIT = Program((Input((2, 3)), Input((2, 3))), (Step("matmul", (0, 1), {}, (2, 3)),), (2,))
"""A product of matrices that do not fit: every engine refuses it."""

UNHEARD = Program((X,), (Step("no such op", (0,), {}, (2,)),), (1,))

PROBES: dict[str, Callable[[Any], Any]] = {
    "ops": lambda torch: torch.add(torch.tensor([1.0]), torch.tensor([2.0])),
    "func": lambda torch: torch.func.grad(lambda x: x * x)(torch.tensor(3.0)),
    "tape": lambda torch: torch.tensor(1.0, requires_grad=True).requires_grad,
    "in-place": lambda torch: torch.tensor([1.0]).add_(torch.tensor([1.0])),
    "views": lambda torch: torch.tensor([1.0, 2.0])[:1]._base is not None or torch.tensor([1.0])._version == 0,
    "hooks": lambda torch: torch.tensor(1.0, requires_grad=True).register_hook(print),
    "function": lambda torch: torch.autograd.Function.apply,
    "modes": lambda torch: torch.no_grad().__enter__ and torch.is_grad_enabled(),
    "forward-ad": lambda torch: torch.autograd.forward_ad.make_dual,
    "complex": lambda torch: torch.tensor(1j),
    "numpy": lambda torch: torch.from_numpy(np.ones(1)),
    "random": lambda torch: torch.manual_seed(0) is not None and torch.rand(1),
    "print": lambda torch: repr(torch.tensor([1.0])) == "tensor([1.])",
    "sparse": lambda torch: torch.eye(2).to_sparse(),
    "bfloat16": lambda torch: torch.ones(1, dtype=torch.bfloat16),
    "legacy": lambda torch: torch.Variable(torch.ones(1), volatile=True).volatile,
}
"""For each capability, the least that has it: raises, or gives nothing, where it is lacking."""


def smoke(backend: str | Backend) -> list[Trial]:
    """The trials that fail, in the order in which they are best mended; none, for an adapter that keeps the protocol.

    A name is loaded first, which raises what `registry.load` raises.
    """
    return [trial for trial in trials(backend) if trial.wrong]


def trials(backend: str | Backend) -> list[Trial]:
    """Every trial and what came of it."""
    loaded = load(backend) if isinstance(backend, str) else backend
    return [_tried(what, trial, loaded) for what, trial in _trials(loaded)]


def _trials(backend: Backend) -> Iterator[tuple[str, Callable[[Backend], str]]]:
    yield "name, device, capabilities and versions are told", _told
    if "ops" in backend.capabilities:  # an adapter for programs alone has no factories to try
        yield "tensors go in and out unchanged", _round_trip
    yield "what is no tensor is told apart", lambda b: "" if b.numpy("text") is None else "numpy('text') must be None."
    yield "ops are found by name", _finds_ops
    yield "a product is right", _product
    yield "its gradient is right", _gradient
    yield "what it lacks is reported as missing", _reports_missing
    if backend.has_op("matmul"):
        yield "an engine's error becomes `refused`", _refuses
    for name in CAPABILITIES:
        claimed = name in backend.capabilities
        said = "is there, as claimed" if claimed else "is refused, as it is not claimed"
        yield f"{name} {said}", functools.partial(_two_sided, name=name)


def _tried(what: str, trial: Callable[[Backend], str], backend: Backend) -> Trial:
    try:
        return Trial(what, trial(backend))
    except Exception as error:  # noqa: BLE001 - an adapter may do anything; that is what is being found out
        return Trial(what, f"raised {type(error).__name__}: {error}")


def _told(backend: Backend) -> str:
    if not backend.name or not isinstance(backend.device, str):
        return "name must be a word, device a string."
    if unknown := set(backend.capabilities) - set(CAPABILITIES):
        return f"no such capability: {', '.join(sorted(unknown))}. Known: {', '.join(CAPABILITIES)}."
    versions = backend.versions()
    if not versions or not all(isinstance(word, str) for pair in versions.items() for word in pair):
        return f"versions() must be a dict of strings, got {versions!r}."
    return ""


def _round_trip(backend: Backend) -> str:
    torch = backend.namespace(frozenset({"ops"}))
    cases: dict[str, list[Any]] = {"float64": [0.1, -2.5], "float32": [0.5], "int64": [3, -1], "bool": [True, False]}
    for name, numbers in cases.items():
        tensor = torch.tensor(numbers, dtype=getattr(torch, name))
        back = backend.numpy(tensor)
        if back is None or back.tolist() != numbers or back.shape != (len(numbers),):
            return f"{numbers} of {name} came back as {back!r}."
        if backend.dtype_name(tensor) != name or backend.dtype_name(getattr(torch, name)) != name:
            return f"dtype_name must be {name!r}, for the tensor and for the dtype itself."
    return ""


def _finds_ops(backend: Backend) -> str:
    if not backend.has_op("mul"):
        return "has_op('mul') must be True: no engine is without a product."
    return "has_op of an unheard name must be False." if backend.has_op("no such op") else ""


def _product(backend: Backend) -> str:
    answers = backend.answer(PRODUCT, steps=True)
    if answers.refused or answers.missing:
        return _why(answers)
    if len(answers.steps) != 1:
        return f"steps=True must give every step's value, got {len(answers.steps)} of 1."
    return _differs(answers.values, [np.array([6.0, -1.0])])


def _gradient(backend: Backend) -> str:
    answers = backend.answer(PRODUCT)
    if answers.refused or answers.missing or len(answers.questions) != 1:
        return _why(answers)
    (u,), (x, y) = data.cotangents(PRODUCT, PRODUCT.questions[0]), data.inputs(PRODUCT)
    return _differs(answers.questions[0], [u * y, u * x])


def _reports_missing(backend: Backend) -> str:
    answers = backend.answer(UNHEARD)
    return "" if answers.missing == ("no such op",) else f"missing must be ('no such op',), got {answers.missing!r}."


def _refuses(backend: Backend) -> str:
    return "" if -1 in backend.answer(MISFIT).refused else "a product of matrices that do not fit was not refused."


def _two_sided(backend: Backend, name: str) -> str:
    claimed = name in backend.capabilities
    try:
        got = bool(PROBES[name](backend.namespace(frozenset({name}))) is not False)
    except Exception as error:  # noqa: BLE001 - how it is refused is the engine's own affair
        return (
            f"it raised {type(error).__name__}: {error}. Mend it, or take the word out of `capabilities`."
            if claimed
            else ""
        )
    if got and not claimed:
        return "it worked. Claim it in `capabilities`, so that it is tested."
    return "it gave nothing. Mend it, or take the word out of `capabilities`." if claimed and not got else ""


def _why(answers: Answers) -> str:
    if answers.missing:
        return f"lacks {', '.join(answers.missing)}."
    return f"refused: {next(iter(answers.refused.values()), 'no answer to its one question')}."


def _differs(came: tuple[Array | None, ...], wanted: list[np.ndarray]) -> str:
    if len(came) != len(wanted):
        return f"{len(came)} tensors came, {len(wanted)} were asked for."
    for got, right in zip(came, wanted, strict=True):
        if got is None or got.dtype != "float64" or got.numpy().tolist() != right.tolist():
            return f"{'None' if got is None else got.numpy().tolist()} came, {right.tolist()} is right."
    return ""
