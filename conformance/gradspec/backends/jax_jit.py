"""JAX as its users have it: the whole program under jax.jit, differentiated as one function: "jax-jit", "jax-jit:gpu".

Where "jax" puts ops on a tape of ours, here the derivative of the graph is JAX's alone, and XLA sees all of it
at once. Every second program is, besides, mapped over a batch of two by jax.vmap. Compiling costs a second a
program, so this engine is asked only where it is named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .. import catalogue
from ..outcome import Answers, Array, Raised
from ..programs import values as data
from ..programs.functionalise import functionalise
from ..programs.model import MODES, Program
from . import functional
from .functional import placed
from .jax import Jax

BATCH = 2
"""How many copies of a program are mapped over."""


@dataclass(frozen=True)
class Transforms:
    """jax's transforms with torch's convention for complex gradients: the conjugates of jax's."""

    jax: Any

    def vjp(self, f: functional.Function, *xs: Any) -> tuple[Any, Callable[..., tuple[Any, ...]]]:
        """The value, and the pullback."""
        conj = self.jax.numpy.conj
        value, pull = self.jax.vjp(f, *xs)
        return value, lambda u: tuple(conj(g) for g in pull(tuple(conj(v) for v in u)))

    def jvp(self, f: functional.Function, xs: Any, tangents: Any) -> Any:
        """The value and its tangent."""
        return self.jax.jvp(f, xs, tangents)

    def vmap(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """The function on batches."""
        mapped: Callable[..., Any] = self.jax.vmap(f)
        return mapped

    def jacrev(self, f: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """The jacobian; jax.jacrev itself where everything is real."""
        jnp = self.jax.numpy

        def jacobian(x: Any) -> Any:
            value = self.jax.eval_shape(f, x)
            if not (jnp.iscomplexobj(x) or jnp.issubdtype(value.dtype, jnp.complexfloating)):
                return self.jax.jacrev(f)(x)
            pull = self.vjp(lambda y: (f(y),), x)[1]
            rows = self.jax.vmap(pull)((jnp.eye(value.size, dtype=value.dtype).reshape(-1, *value.shape),))[0]
            return rows.reshape(*value.shape, *x.shape)

        return jacobian


class JaxJit(Jax):
    """jax.jit of whole programs and of their derivatives. It has no namespace of its own: no page is asked of it."""

    name = "jax-jit"
    capabilities = frozenset[str]()
    questions = frozenset(MODES)

    def answer(self, program: Program, *, steps: bool = False) -> Answers:
        """Run `program` and answer its questions, each compiled as a whole; there are no values of `steps` to show."""
        program = functionalise(program)
        if missing := self.missing(program):
            return Answers(missing=missing)
        try:
            inputs = tuple(
                self.put(x, leaf.dtype) for x, leaf in zip(data.inputs(program), program.inputs, strict=True)
            )
            run = self.whole(program)
            shown = self.compiled(program, lambda at, _: run(*at), inputs, ())
        except Exception as error:  # noqa: BLE001 - whatever the engine raises is its answer
            return Answers(refused={-1: Raised.of(error)})
        asked: list[tuple[Array | None, ...]] = []
        refused = {}
        for index, question in enumerate(program.questions):
            answer, which = functional.answer(program, question)

            def derivative(at: tuple[Any, ...], seeds: Any, answer: functional.Answer = answer) -> Sequence[Any]:
                moving = tuple(at[number] for number in program.differentiated)
                return answer(Transforms(self.jax), lambda *xs: run(*placed(program, at, xs)), moving, seeds)

            try:
                seeds = functional.seeds(program, question, which, self.put)
                asked.append(self.compiled(program, derivative, inputs, seeds))
            except Exception as error:  # noqa: BLE001 - likewise
                refused[index] = Raised.of(error)
                asked.append(())
        return Answers(values=shown, questions=tuple(asked), refused=refused)

    def whole(self, program: Program) -> Callable[..., tuple[Any, ...]]:
        """The program as a function from its inputs to its outputs."""
        steps = [
            (self._driver.Apply(op.jax, tuple(sorted(step.settings.items())), op.jax_defines), step.args)
            for step in program.steps
            for op in (catalogue.get(step.op),)
        ]

        def run(*inputs: Any) -> tuple[Any, ...]:
            values = list(inputs)
            for apply, args in steps:
                values.extend(apply(*(values[n] for n in args)))
            return tuple(values[number] for number in program.outputs)

        return run

    def compiled(self, program: Program, work: Callable[..., Sequence[Any]], *args: Any) -> tuple[Array | None, ...]:
        """What `work` gives for `args`, as one compiled function; mapped over a batch for every second program."""
        jax = self.jax
        if int(program.id, 16) % 2:
            return tuple(self.pack(value) for value in jax.jit(work)(*args))
        stacked = jax.tree.map(lambda x: jax.numpy.stack([x] * BATCH), args)
        return tuple(None if value is None else self.pack(value[-1]) for value in jax.jit(jax.vmap(work))(*stacked))
