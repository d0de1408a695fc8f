"""Print what asks a question of a program, in torch's words and in jax's: a few lines a mode.

The lines follow a script (script.py) that has defined `run`, `show`, the inputs x0, x1, ... and `outputs`;
for jax also `of`, the program as a function of the inputs that require grad, and `at`, their values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import values
from .functionalise import retained
from .literals import arrays, tupled
from .model import Mode, Program, Question
from .parts import parts

Lines = Iterator[str]
Writer = Callable[[Program, Question], Lines]

SEEDS = {"u": values.cotangents, "t": values.tangents, "w": values.second}


def torch_lines(program: Program, question: Question) -> Lines:
    """The question in torch's words, which are refgrad's too."""
    yield from TORCH[question.mode](program, question)


def jax_lines(program: Program, question: Question) -> Lines:
    """The question in jax's words."""
    yield from JAX[question.mode](program, question)


def names(program: Program) -> list[str]:
    """The names of the inputs that require grad."""
    return [f"x{number}" for number in program.differentiated]


def seeded(program: Program, question: Question, which: str, namespace: str) -> Lines:
    """The cotangents `u`, the tangents `t` or `w`: one tuple a letter of `which`."""
    for letter in which:
        yield from arrays(letter, SEEDS[letter](program, question), namespace)


def shown(program: Program, question: Question, answer: str, indent: str = "") -> Lines:
    """One `show` line for each tensor of the answer; `answer` is its source: {n} is its place, {x} the input's name."""
    for n, part in enumerate(parts(program, question)):
        yield f'{indent}show("{part.name}", {answer.format(n=n, x=f"x{part.number}")})'


# In torch's words.


def torch_reverse(program: Program, question: Question) -> Lines:
    """The gradients of <u, outputs>; by backward, where some are retained on the way."""
    if held := retained(program):
        yield from seeded(program, question, "u", "torch")
        yield "torch.autograd.backward(outputs, u)"
        yield from grads(program, question)
        for place in range(len(held)):
            yield f'show("gradient of x{len(program.inputs) + place}", kept[{place}].grad)'
        return
    yield from gradients(program, question)
    yield from shown(program, question, "gradients[{n}]")


def torch_forward(program: Program, question: Question) -> Lines:
    """The outputs' tangents, by dual numbers."""
    yield from seeded(program, question, "t", "torch")
    yield from dual(program, "t")
    yield "    for n, output in enumerate(found):"
    yield '        show(f"tangent of output {n}", forward_ad.unpack_dual(output).tangent)'


def torch_twice(program: Program, question: Question) -> Lines:
    """The gradients of <w, gradients>."""
    yield from gradients(program, question, ", create_graph=True")
    yield from seeded(program, question, "w", "torch")
    yield from again(program, "gradients", "w")
    yield from shown(program, question, "again[{n}]")


def torch_accumulate(program: Program, question: Question) -> Lines:
    """`.grad` after two backwards."""
    yield from arrays("u", values.batch(program, question), "torch")
    yield f"for row in range({values.TOGETHER}):"
    yield "    torch.autograd.backward(outputs, [both[row] for both in u], retain_graph=True)"
    yield from grads(program, question)


def torch_subset(program: Program, question: Question) -> Lines:
    """`.grad` after a backward that is told its inputs."""
    chosen = ", ".join(f"x{number}" for number in values.subset(program, question))
    yield from seeded(program, question, "u", "torch")
    yield f"torch.autograd.backward(outputs, u, retain_graph=True, inputs=[{chosen}])"
    yield from grads(program, question)


def torch_vmap(program: Program, question: Question) -> Lines:
    """The gradients of a batch of cotangents."""
    yield from arrays("u", values.batch(program, question), "torch")
    yield from grad_call(program, ", is_grads_batched=True")
    yield from shown(program, question, "gradients[{n}]")


def torch_jacobian(program: Program, question: Question) -> Lines:
    """Every derivative of one output by one input."""
    inputs = ", ".join(f"x{n}" for n in range(len(program.inputs)))
    if (pair := values.pair(program, question)) is not None:
        place, number = pair
        yield f"jacobian = torch.func.jacrev(lambda x{number}: run({inputs})[{place}])(x{number}.detach())"
        yield from shown(program, question, "jacobian")


def torch_forward_reverse(program: Program, question: Question) -> Lines:
    """The gradients' tangents: the backward of dual numbers is dual too."""
    yield from seeded(program, question, "uw", "torch")
    yield from dual(program, "w")
    call = f"torch.autograd.grad(found, {tupled(names(program))}, u, create_graph=True, allow_unused=True)"
    yield f"    gradients = {call}"
    yield from shown(
        program, question, "None if gradients[{n}] is None else forward_ad.unpack_dual(gradients[{n}]).tangent", "    "
    )


def torch_reverse_forward(program: Program, question: Question) -> Lines:
    """The gradients of <u, the outputs' tangents>: by transforms, since rules for dual numbers may write in place."""
    yield from seeded(program, question, "uw", "torch")
    yield from function(program)
    yield "answer = torch.func.vjp(lambda *x: torch.func.jvp(of, x, w)[1], *at)[1](u)"
    yield from shown(program, question, "answer[{n}]" if len(names(program)) > 1 else "answer")


def torch_forward_forward(program: Program, question: Question) -> Lines:
    """The tangents' tangents: transforms nest, dual numbers do not."""
    yield from seeded(program, question, "tw", "torch")
    yield from function(program)
    yield "tangents = torch.func.jvp(lambda *x: torch.func.jvp(of, x, t)[1], at, w)[1]"
    yield from shown(program, question, "tangents[{n}]")


def torch_penalty(program: Program, question: Question) -> Lines:
    """The gradients of the gradients' squared norm."""
    yield from gradients(program, question, ", create_graph=True")
    yield "squares = [(g * g.conj()).real.sum() for g in gradients if g is not None]"
    yield from again(program, "squares", "[torch.ones_like(s) for s in squares]")
    yield from shown(program, question, "again[{n}]")


def gradients(program: Program, question: Question, extra: str = "") -> Lines:
    """The gradients of <u, outputs>."""
    yield from seeded(program, question, "u", "torch")
    yield from grad_call(program, extra)


def grad_call(program: Program, extra: str) -> Lines:
    """autograd.grad of the outputs with `u`."""
    inputs = tupled(names(program))
    yield f"gradients = torch.autograd.grad(outputs, {inputs}, u, retain_graph=True, allow_unused=True{extra})"


def again(program: Program, values: str, weights: str) -> Lines:
    """autograd.grad of those among the values that depend on something."""
    yield f"pairs = [(g, v) for g, v in zip({values}, {weights}) if g is not None and g.requires_grad]"
    yield f"again = [None] * {len(names(program))}  # where none depends on an input"
    yield "if pairs:"
    yield "    tops, weights = zip(*pairs)"
    inputs = tupled(names(program))
    yield f"    again = torch.autograd.grad(tops, {inputs}, weights, retain_graph=True, allow_unused=True)"


def function(program: Program) -> Lines:
    """The program as a function of the inputs that require grad, and where it is differentiated."""
    inputs = ", ".join(f"x{n}" for n in range(len(program.inputs)))
    yield f"of = lambda {', '.join(names(program))}: run({inputs})"
    yield f"at = {tupled([f'{name}.detach()' for name in names(program)])}"


def grads(program: Program, question: Question) -> Lines:
    """`.grad` of every input; it is None again afterwards."""
    yield from shown(program, question, "{x}.grad")
    for name in names(program):
        yield f"{name}.grad = None"


def dual(program: Program, along: str) -> Lines:
    """A level of dual numbers, in which `found` are the outputs."""
    moving = names(program)
    yield "forward_ad = torch.autograd.forward_ad"
    yield "with forward_ad.dual_level():"
    for n, name in enumerate(moving):
        yield f"    d{name} = forward_ad.make_dual({name}, {along}[{n}])"
    duals = [f"d{name}" if name in moving else name for name in (f"x{n}" for n in range(len(program.inputs)))]
    yield f"    found = run({', '.join(duals)})"


# In jax's words.


def transforms(which: str, call: str, answer: str = "answer[{n}]") -> Writer:
    """A mode that is one call: which tuples of seeds it is given, the call, and how a tensor is taken from it."""

    def writer(program: Program, question: Question) -> Lines:
        yield from seeded(program, question, which, "jnp")
        yield f"answer = {call}"
        yield from shown(program, question, answer)

    return writer


def jax_accumulate(program: Program, question: Question) -> Lines:
    """The gradients of two cotangents, added."""
    yield from arrays("u", values.batch(program, question), "jnp")
    yield "pull = jax.vjp(of, *at)[1]"
    rows = ", ".join(f"pull(tuple(both[{row}] for both in u))" for row in range(values.TOGETHER))
    yield f"answer = [sum(row) for row in zip({rows})]"
    yield from shown(program, question, "answer[{n}]")


def jax_subset(program: Program, question: Question) -> Lines:
    """The gradients by some of the inputs."""
    inputs = ", ".join(f"x{n}" for n in range(len(program.inputs)))
    chosen = [f"x{number}" for number in values.subset(program, question)]
    yield from seeded(program, question, "u", "jnp")
    yield f"answer = jax.vjp(lambda {', '.join(chosen)}: run({inputs}), {', '.join(chosen)})[1](u)"
    asked = (part for part in parts(program, question) if not part.left_out)
    for n, part in enumerate(asked):
        yield f'show("{part.name}", answer[{n}])'


def jax_vmap(program: Program, question: Question) -> Lines:
    """The gradients of a batch of cotangents."""
    yield from arrays("u", values.batch(program, question), "jnp")
    yield "answer = jax.vmap(jax.vjp(of, *at)[1])(u)"
    yield from shown(program, question, "answer[{n}]")


def jax_jacobian(program: Program, question: Question) -> Lines:
    """Every derivative of one output by one input."""
    inputs = ", ".join(f"x{n}" for n in range(len(program.inputs)))
    if (pair := values.pair(program, question)) is not None:
        place, number = pair
        yield f"answer = jax.jacrev(lambda x{number}: run({inputs})[{place}])(x{number})"
        yield from shown(program, question, "answer")


def jax_penalty(program: Program, question: Question) -> Lines:
    """The gradients of the gradients' squared norm."""
    yield from seeded(program, question, "u", "jnp")
    yield "norm = lambda *x: sum(jnp.sum(jnp.real(g * jnp.conj(g))) for g in jax.vjp(of, *x)[1](u))"
    yield "value, pull = jax.vjp(norm, *at)"
    yield "answer = pull(jnp.ones_like(value))"
    yield from shown(program, question, "answer[{n}]")


TORCH: dict[Mode, Writer] = {
    "reverse": torch_reverse,
    "forward": torch_forward,
    "reverse-reverse": torch_twice,
    "accumulate": torch_accumulate,
    "subset": torch_subset,
    "vmap": torch_vmap,
    "jacobian": torch_jacobian,
    "forward-reverse": torch_forward_reverse,
    "reverse-forward": torch_reverse_forward,
    "forward-forward": torch_forward_forward,
    "penalty": torch_penalty,
}

JAX: dict[Mode, Writer] = {
    "reverse": transforms("u", "jax.vjp(of, *at)[1](u)"),
    "forward": transforms("t", "jax.jvp(of, at, t)[1]"),
    "reverse-reverse": transforms("uw", "jax.vjp(lambda *x: jax.vjp(of, *x)[1](u), *at)[1](w)"),
    "accumulate": jax_accumulate,
    "subset": jax_subset,
    "vmap": jax_vmap,
    "jacobian": jax_jacobian,
    "forward-reverse": transforms("uw", "jax.jvp(lambda *x: jax.vjp(of, *x)[1](u), at, w)[1]"),
    "reverse-forward": transforms("uw", "jax.vjp(lambda *x: jax.jvp(of, x, w)[1], *at)[1](u)"),
    "forward-forward": transforms("tw", "jax.jvp(lambda *x: jax.jvp(of, x, t)[1], at, w)[1]"),
    "penalty": jax_penalty,
}
