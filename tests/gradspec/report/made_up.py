"""Runs that nobody ran: a small suite, three backends and every kind of verdict, made to test the report with.

`spec` and `result` build one of each; `run` puts results into a finished run; `suite` and `big` are
the size of the real thing, for looking at the page.
"""

from __future__ import annotations

import msgspec

from gradspec.judge.verdict import Judgement, Verdict
from gradspec.outcome import Observation, Raised, SpecOutcome
from gradspec.programs.model import Input, Program, Question, Step, encode
from gradspec.run.journal import Run
from gradspec.run.records import NO_PROGRAM, SCHEMA, BackendInfo, Begin, Footer, Header, Result, Selection
from gradspec.specs.model import Check, Spec
from gradspec.specs.model import Step as SpecStep

REFGRAD = BackendInfo("refgrad", ("ops", "func", "tape"), {"refgrad": "0.1.0"})
TORCH = BackendInfo("torch:cpu", ("ops", "func", "tape"), {"torch": "2.13.0", "device": "cpu"})
JAX = BackendInfo("jax:cpu", ("ops", "func"), {"jax": "0.10.2", "device": "cpu"})
BACKENDS = (REFGRAD, TORCH, JAX)

PAGE = """# {claim}

Gradients accumulate in leaves until the caller clears them, so that a **batch** may be split; see
[the notes](https://docs.pytorch.org/docs/stable/notes/autograd.html) and `torch.autograd.backward`.

> This function accumulates gradients in the leaves.

```python
x = torch.tensor([1.0, 2.0], requires_grad=True)
(x * x).sum().backward()
x.grad                      # => [2., 4.]
(x * x).sum().backward()
x.grad                      # => [4., 8.]
torch.relu(x * 0.0).sum()   # => ?
x.backward()                # raises RuntimeError: grad can be implicitly created only for scalar outputs
```

Sources: torch.autograd.backward (docstring)
"""


def spec(
    id: str = "backward/accumulates", claim: str = "A second backward adds to `.grad`", level: str = "must"
) -> Spec:
    """A page with four promises, at the lines 11, 13, 14 and 15."""
    steps = (
        SpecStep(9, "x = torch.tensor([1.0, 2.0], requires_grad=True)"),
        SpecStep(10, "(x * x).sum().backward()"),
        SpecStep(11, "x.grad", "value", "[2., 4.]"),
        SpecStep(12, "(x * x).sum().backward()"),
        SpecStep(13, "x.grad", "value", "[4., 8.]"),
        SpecStep(14, "torch.relu(x * 0.0).sum()", "observe"),
        SpecStep(
            15, "x.backward()", "raises", "grad can be implicitly created only for scalar outputs", "RuntimeError"
        ),
    )
    return Spec(
        id=id,
        claim=claim,
        why="",
        checks=(Check(8, steps, frozenset({"tape"})),),
        sources=("torch.autograd.backward (docstring)",),
        level=level,  # type: ignore[arg-type]  # the tests give only levels
        text=PAGE.format(claim=claim),
    )


def program(seed: int = 0, dtype: str = "float64", *modes: str) -> Program:
    """tanh of a product, asked for `modes` ("reverse" when none is given)."""
    return Program(
        inputs=(Input((2, 3), dtype, seed=seed), Input((3,), dtype, seed=seed + 1)),
        steps=(Step("mul", (0, 1), {}, (2, 3), dtype), Step("tanh", (2,), {}, (2, 3), dtype)),
        outputs=(3,),
        questions=tuple(Question(mode, seed) for mode in modes or ("reverse",)),  # type: ignore[arg-type]
    )


def result(case: str, backend: str, verdict: str = "agrees", **more: object) -> Result:
    """A result; `more` are fields of the Judgement or of the Result."""
    judged = {k: more.pop(k) for k in tuple(more) if k in Judgement.__struct_fields__}
    return Result(case, backend, Judgement(Verdict(verdict), **judged), **more)  # type: ignore[arg-type]


def shown(second: str = "[4.0, 8.0]", **more: object) -> SpecOutcome:
    """What a backend showed on the page of `spec`."""
    error = Raised(("RuntimeError", "Exception"), "grad can be implicitly created only for scalar outputs")
    return SpecOutcome(
        (Observation(11, "[2.0, 4.0]"), Observation(13, second), Observation(14, "0.0"), Observation(15, raised=error)),
        **more,  # type: ignore[arg-type]
    )


def run(
    *results: Result,
    backends: tuple[BackendInfo, ...] = (),
    specs: tuple[str, ...] = (),
    begun: tuple[Begin, ...] = (),
    complete: bool = True,
    cut: bool = False,
    seed: int = 0,
    drawn: int = 0,
    gradspec: str = "0.1.0",
    started: str = "2026-01-02T03:04:05+00:00",
) -> Run:
    """A run of `results`; backends and specs are those of the results where not given."""
    backends = backends or tuple(b for b in BACKENDS if any(r.backend == b.id for r in results))
    specs = specs or tuple(dict.fromkeys(r.case[5:] for r in results if r.case.startswith("spec:")))
    counts: dict[str, dict[str, int]] = {}
    for r in results:
        of = counts.setdefault(r.backend, {})
        of[r.judgement.verdict] = of.get(r.judgement.verdict, 0) + 1
    selection = Selection(tuple(b.id for b in backends), specs, programs=drawn, seed=seed)
    footer = Footer("2026-01-02T03:05:06+00:00", 61.0, complete, counts, drawn, drawn)
    header = Header(SCHEMA, gradspec, started, selection, backends, "3.11.7", "Linux-x86_64")
    return Run(header, begun, results, None if cut else footer)


CHAPTERS = {
    "leaf": "A tensor made by the user {}is a leaf",
    "backward": "`backward` {}adds to `.grad`; it does not replace it",
    "grad": "`autograd.grad` {}returns the gradients and touches no `.grad`",
    "graph": "A graph {}is freed by its first backward unless `retain_graph=True`",
    "higher-order": "With `create_graph=True` {}the gradient can be differentiated again",
    "views": "Writing to a view {}changes its base and its version",
    "in-place": "Changing a saved tensor in place {}makes backward raise",
    "modes": "Nothing is recorded {}under `no_grad`",
    "hooks": "A tensor hook {}may replace the gradient that passes",
    "function": "A custom Function {}is called with one gradient for each output",
    "kinks": "The gradient of `relu` at 0 {}is 0",
    "complex": "The gradient of a real loss {}is the conjugate Wirtinger derivative",
    "forward-ad": "A dual number {}carries its tangent through every op",
    "func": "`func.vjp` {}agrees with `func.jvp` transposed",
    "legacy": "A `volatile` Variable {}makes everything after it volatile",
}
TWISTS = ("", "of size 0 ", "without dimensions ", "that was detached before ", "in a loop ", "of float32 ")
TWISTS += (
    "used twice ",
    "of a slice ",
    "in half precision ",
    "across two threads ",
    "of an expanded tensor ",
    "at a tie ",
)


def suite() -> tuple[Spec, ...]:
    """180 pages in 15 chapters."""
    return tuple(
        spec(
            f"{chapter}/{'-'.join(twist.split()) or 'plain'}",
            claim.format(twist),
            "legacy" if chapter == "legacy" else "observed" if twist.startswith("at a") else "must",
        )
        for chapter, claim in CHAPTERS.items()
        for twist in TWISTS
    )


SCRIPT = """import torch

x0 = torch.tensor([[float.fromhex('0x1.8p+0'), 0.0]], dtype=torch.float32, requires_grad=True)
x1 = x0.expand(3, 2)
y = torch.prod(x1, dim=0)
(g,) = torch.autograd.grad(y, x0, torch.tensor([1.0, float.fromhex('0x1.4p-1')]), create_graph=True)
(h,) = torch.autograd.grad(g, x0, torch.ones_like(g))
print(h)  # expected tensor([[9., 0.]])
"""


def big() -> tuple[Run, tuple[Spec, ...]]:
    """180 specs and 2,000 programs on three backends: departures, crashes, a harness error, what was not run."""
    pages = suite()
    results = []
    odd = {
        ("views/of-an-expanded-tensor", "torch:cpu"): ("wrong-gradient", "of-an-expanded-tensor.md:13"),
        ("kinks/at-a-tie", "torch:cpu"): ("unspecified", ""),
        ("kinks/at-a-tie", "jax:cpu"): ("unspecified", ""),
        ("kinks/plain", "jax:cpu"): ("documented", "plain.md:13"),
        ("complex/plain", "jax:cpu"): ("documented", "plain.md:13"),
        ("func/in-half-precision", "jax:cpu"): ("ill-conditioned", ""),
        ("complex/of-size-0", "jax:cpu"): ("wrong-dtype", "of-size-0.md:11"),
        ("hooks/in-a-loop", "torch:cpu"): ("wrong-error", "in-a-loop.md:15"),
        ("higher-order/at-a-tie", "torch:cpu"): ("crash", ""),
        ("forward-ad/of-size-0", "jax:cpu"): ("hang", ""),
        ("func/across-two-threads", "jax:cpu"): ("harness-error", ""),
    }
    said = {
        "crash": "the worker process died: SIGSEGV",
        "hang": "no answer within 10 s",
        "wrong-error": "promised RuntimeError, and nothing was raised",
        "wrong-gradient": "promised [4., 8.], and [12.0, 24.0] came",
        "documented": "promised [4., 8.], and [2.0, 4.0] came",
        "wrong-dtype": "promised complex64, and complex128 came",
        "harness-error": "KeyError: 'threads' in perform",
        "ill-conditioned": "rounding alone moves the answer by 3 parts in 10",
    }
    lacking = {"in-place": "in-place", "hooks": "hooks", "legacy": "legacy", "views": "views", "modes": "modes"}
    for page in pages:
        for backend in ("refgrad", "torch:cpu", "jax:cpu"):
            verdict, where = odd.get((page.id, backend), ("agrees", ""))
            outcome = shown("[12.0, 24.0]" if verdict == "wrong-gradient" else "[4.0, 8.0]")
            missing = ()
            if (backend == "jax:cpu" and page.chapter in lacking) or (backend, page.chapter) == ("torch:cpu", "legacy"):
                verdict, missing = "unsupported", (lacking[page.chapter],)
                outcome = SpecOutcome(missing=missing)
            if backend == "jax:cpu" and page.id == "func/at-a-tie":
                continue
            if verdict in ("crash", "hang", "harness-error"):
                outcome = None
            margin, known = (0.0 if verdict == "agrees" else None), ("kinks/plain" if verdict == "documented" else "")
            judged = {"where": where, "said": said.get(verdict, ""), "margin": margin, "known": known}
            results.append(result(f"spec:{page.id}", backend, verdict, **judged, outcome=outcome, seconds=0.002))
    begun = []
    for seed in range(2000):
        modes = (("reverse",), ("forward",), ("reverse", "reverse-reverse"))[seed % 3]
        made = program(seed, ("float64", "float32")[seed % 2], *modes)
        begun.append(Begin(f"program:{made.id}", "refgrad", msgspec.Raw(encode(made))))
        results += [_drawn(made, seed, info.id) for info in BACKENDS]
    return run(*results, backends=BACKENDS, begun=tuple(begun), drawn=2000), pages


NUMBERS = {
    "refgrad": "second gradient of x0 = [[9.0, 0.0]]",
    "torch:cpu": "second gradient of x0 = [[0.0, 0.0]]",
    "jax:cpu": "second gradient of x0 = [[9.0, 0.0]]",
    "oracle": "second gradient of x0 = [[9.0, 0.0]]",
}
SAID = {
    "wrong-gradient": "0.0 came where 9.0 is right: the product rule forgets a zero factor",
    "wrong-value": "-0.5 came where nan is right",
    "crash": "the worker process died: SIGSEGV",
}


def _drawn(made: Program, seed: int, backend: str) -> Result:
    """What came of the program drawn from `seed`: torch departs four times, jax once."""
    verdict = "agrees"
    if backend == "torch:cpu":
        verdict = {77: "wrong-gradient", 401: "wrong-gradient", 1001: "wrong-gradient", 1500: "crash"}.get(
            seed, "agrees"
        )
    if backend == "jax:cpu":
        verdict = "unsupported" if seed % 31 == 1 else "ill-conditioned" if seed % 97 == 0 else "agrees"
        verdict = "wrong-value" if seed == 640 else verdict
    departs, compared = Verdict(verdict).departs, verdict not in ("crash", "unsupported")
    margin = 4.2e6 if departs else seed * 37 % 100 / 130
    return result(
        f"program:{made.id}",
        backend,
        verdict,
        seconds=0.001,
        margin=margin if compared else None,
        where="second gradient of x0" if departs and compared else "",
        said=SAID.get(verdict, ""),
        signature="prod, reverse-reverse, float32, expanded, zeros, value" if departs and compared else "",
        program=NO_PROGRAM if verdict == "agrees" else msgspec.Raw(encode(made)),
        scripts={"torch": SCRIPT, "jax": SCRIPT.replace("torch", "jnp")} if departs else {},
        numbers=NUMBERS if departs and compared else {},
    )
