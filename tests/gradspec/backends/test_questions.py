"""Every question is answered as mathematics answers it, by every way of asking; and each catches what no other does."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import refgrad
from doubles.answers import expected, program
from gradspec.backends import registry
from gradspec.backends.refgrad import Refgrad
from gradspec.errors import EngineMissing
from gradspec.judge.programs import judge_program
from gradspec.judge.shadow import cast
from gradspec.judge.verdict import Verdict
from gradspec.programs.model import MODES, Input, Program, Question, Step
from gradspec.programs.parts import parts

ENGINES = ["refgrad", "torch:cpu", "jax:cpu"]


@pytest.fixture(scope="module")
def engines() -> dict[str, Any]:
    """The engines that are here; a test of one that is not is skipped."""
    return {}


def engine(id: str, engines: dict[str, Any]) -> Any:
    if id not in engines:
        try:
            engines[id] = registry.load(id)
        except EngineMissing as missing:
            pytest.skip(str(missing))  # which says what is not installed, and how to get it
    return engines[id]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("id", ENGINES)
def test_an_answer_is_that_of_mathematics(id, mode, engines):
    answers = engine(id, engines).answer(program(mode))

    assert answers.refused == {}
    (came,) = answers.questions
    for got, right, part in zip(came, expected(mode), parts(program(mode), program(mode).questions[0]), strict=True):
        if right is None:
            assert got is None
        else:
            assert (got.shape, got.dtype) == (part.shape, part.dtype)
            np.testing.assert_allclose(got.numpy(), right, rtol=1e-15)


@pytest.mark.parametrize("id", ENGINES)
def test_a_jacobian_by_one_bfloat16_is_put_together(id, engines):
    leaves = Input((2,), "bfloat16"), Input((), "bfloat16", exact=("0x1.8p+0",))
    scaled = Program(
        leaves, (Step("mul", (0, 1), {}, (2,), "bfloat16"),), (2,), (Question("jacobian", seed=1),)
    )  # by the second
    answers = engine(id, engines).answer(scaled)

    assert answers.refused == {}
    ((whole,),) = answers.questions
    assert (whole.shape, whole.dtype) == ((2,), "bfloat16")


@pytest.mark.parametrize("id", ["jax-jit", "torch-aot"])
def test_a_compiled_program_answers_the_same(id, engines):
    modes = ("reverse", "subset", "forward-reverse")  # on the outputs, by `.grad`, and by a composition of transforms
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's tracer warns of what it meets in torch itself
        answers = engine(id, engines).answer(program(*modes))

    assert answers.refused == {}
    for came, mode in zip(answers.questions, modes, strict=True):
        for got, right in zip(came, expected(mode), strict=True):
            np.testing.assert_allclose(np.nan if got is None else got.numpy(), np.nan if right is None else right)


@pytest.mark.parametrize("id", ["jax-jit", "torch-aot"])
def test_no_page_is_asked_of_a_compiler(id, engines):
    assert engine(id, engines).capabilities == frozenset()


def test_without_a_cpp_compiler_torch_compile_says_so(monkeypatch):
    pytest.importorskip("torch", reason="the engine that would be driven")
    monkeypatch.setenv("PATH", "")

    with pytest.raises(EngineMissing, match="no compiler here .* ask torch-aot, which needs none"):
        registry.load("torch-compile")


def test_grad_is_left_as_it_was_found():
    tape = Refgrad()
    asked = program("accumulate", "subset", "accumulate")

    first, _, again = tape.answer(asked).questions

    assert first == again


class Over:
    """A namespace with some names replaced."""

    def __init__(self, base: Any, **changed: Any) -> None:
        self.__dict__.update(changed, _base=base)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._base, name)


class Faulty(Refgrad):
    """refgrad with one thing wrong, given as what replaces names of `torch.autograd` and `torch.func`."""

    def __init__(self, autograd: Any = None, func: Any = None) -> None:
        super().__init__()
        self.torch = Over(refgrad, autograd=autograd or refgrad.autograd, func=func or refgrad.func)


def overwriting() -> Faulty:
    """A backward replaces `.grad`."""

    def backward(outputs: Any, seeds: Any, inputs: Any = None, **options: Any) -> None:
        wanted = inputs or faulty.made
        found = refgrad.autograd.grad(outputs, wanted, seeds, allow_unused=True, **options)
        for leaf, gradient in zip(wanted, found, strict=True):
            leaf.grad = gradient

    class Remembers(Faulty):
        def leaves(self, program):
            self.made = super().leaves(program)
            return self.made

    faulty = Remembers(Over(refgrad.autograd, backward=backward))
    return faulty


def forgetting_inputs() -> Faulty:
    """A backward reaches every leaf, whatever `inputs` says."""
    right = refgrad.autograd.backward
    return Faulty(Over(refgrad.autograd, backward=lambda outs, seeds, inputs=None, **rest: right(outs, seeds, **rest)))


def first_of_the_batch() -> Faulty:
    """A batched gradient is that of the first cotangent, again and again."""

    def grad(outputs: Any, inputs: Any, seeds: Any, is_grads_batched: bool = False, **options: Any) -> Any:
        if is_grads_batched:
            seeds = [refgrad.stack([u[0]] * u.shape[0]) for u in seeds]
        return refgrad.autograd.grad(outputs, inputs, seeds, is_grads_batched=is_grads_batched, **options)

    return Faulty(Over(refgrad.autograd, grad=grad))


def upside_down() -> Faulty:
    """jacrev gives the rows in reverse order."""
    right = refgrad.func.jacrev
    return Faulty(func=Over(refgrad.func, jacrev=lambda f: lambda x: right(f)(x).flip(0)))


def constant_backward() -> Faulty:
    """The backward of dual numbers has no tangents."""

    class Constant(Faulty):
        def reverse(self, outputs, inputs, cotangents, create_graph=False):
            found = super().reverse(outputs, inputs, cotangents, create_graph)
            dual = any(refgrad.autograd.forward_ad.unpack_dual(out).tangent is not None for out in outputs)
            return [self.tensor(g.detach().numpy(), "float64") for g in found] if dual else found

    return Constant()


def halving_pullback() -> Faulty:
    """func.vjp pulls half of the cotangent back."""

    def vjp(f: Any, *xs: Any) -> Any:
        value, pull = refgrad.func.vjp(f, *xs)
        return value, lambda u: tuple(g / 2 for g in pull(u))

    return Faulty(func=Over(refgrad.func, vjp=vjp))


def shallow() -> Faulty:
    """A tangent within a tangent is lost."""
    depth = SimpleNamespace(now=0)

    def jvp(f: Any, xs: Any, tangents: Any) -> Any:
        depth.now += 1
        try:
            value, moved = refgrad.func.jvp(f, xs, tangents)
        finally:
            depth.now -= 1
        inner = depth.now == 1 and len(value) == 1
        return value, tuple(refgrad.zeros_like(m) for m in moved) if inner and not watched.now else moved

    watched = SimpleNamespace(now=False)

    def vjp(f: Any, *xs: Any) -> Any:
        watched.now = True
        try:
            return refgrad.func.vjp(f, *xs)
        finally:
            watched.now = False

    return Faulty(func=Over(refgrad.func, jvp=jvp, vjp=vjp))


def averaging() -> Faulty:
    """The gradient of a root without dimensions is halved."""

    class Averaging(Faulty):
        def reverse(self, outputs, inputs, cotangents, create_graph=False):
            found = super().reverse(outputs, inputs, cotangents, create_graph)
            return [g / 2 for g in found] if all(out.dim() == 0 for out in outputs) else found

    return Averaging()


def flat_gradients() -> Faulty:
    """A gradient of several gradients misses what the last one depends on."""

    class Flat(Faulty):
        def reverse(self, outputs, inputs, cotangents, create_graph=False):
            last = len(outputs) - 1 if not create_graph and len(outputs) > 1 else len(outputs)
            return super().reverse(outputs[:last], inputs, cotangents[:last], create_graph)

    return Flat()


FAULTS = {
    "reverse-reverse": flat_gradients, "accumulate": overwriting, "subset": forgetting_inputs,
    "vmap": first_of_the_batch, "jacobian": upside_down, "forward-reverse": constant_backward,
    "reverse-forward": halving_pullback, "forward-forward": shallow, "penalty": averaging,
}  # fmt: skip


@pytest.mark.parametrize("mode", FAULTS)
def test_each_question_catches_a_fault_that_no_other_catches(mode):
    asked, others = program(), program(*(other for other in MODES if other != mode))

    found = judge_program(asked, FAULTS[mode]().answer(asked), cast(asked))
    without = judge_program(others, FAULTS[mode]().answer(others), cast(others))

    assert found.verdict is Verdict.WRONG_GRADIENT
    assert found.where in [part.name for part in parts(asked, next(q for q in asked.questions if q.mode == mode))]
    assert without.verdict is Verdict.AGREES, without
