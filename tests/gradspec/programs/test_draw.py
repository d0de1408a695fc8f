"""Drawn programs run as they are, ask what they may, and follow from their seed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from math import inf
from pathlib import Path
from random import Random

import numpy as np
import pytest
from drawing import drawn

from gradspec import catalogue
from gradspec.backends import registry
from gradspec.backends.refgrad import Refgrad
from gradspec.catalogue import dtypes, kinks
from gradspec.catalogue.call import function
from gradspec.errors import GradspecError, UnknownName
from gradspec.programs import Program, values
from gradspec.programs.build import BESIDE, LAYOUTS, MIXED, Builder, Choices, fits, inside
from gradspec.programs.cells import Cell, Feature, visited
from gradspec.programs.draw import DTYPES, FRAME, STEP, STEPS, Draft, decoded, planned
from gradspec.programs.model import MODES
from gradspec.programs.search import turns


@pytest.fixture(scope="module")
def many() -> list[Program]:
    return drawn(150, 7, classes=["generic"], mutation=False)


@pytest.mark.filterwarnings("ignore:.*is in beta:UserWarning")  # torch says so of index_reduce
def test_drawn_programs_run_in_torch_and_stay_bounded(many: list[Program]) -> None:
    torch = pytest.importorskip("torch", reason="a program is run in torch's words")
    for program in many:
        tensors = [
            torch.tensor(array).to(getattr(torch, leaf.dtype))
            for array, leaf in zip(values.inputs(program), program.inputs, strict=True)
        ]
        for step in program.steps:
            call = function(catalogue.get(step.op).torch, "torch")
            result = call(torch, *(tensors[n] for n in step.args), **step.settings)

            assert (tuple(result.shape), str(result.dtype)) == (step.shape, f"torch.{step.dtype}"), program
            assert bool((result.abs() <= 257).all()), program
            tensors.append(result)


def test_every_value_is_used_or_an_output(many: list[Program]) -> None:
    for program in many:
        used = {n for step in program.steps for n in step.args}

        assert used.isdisjoint(program.outputs)
        assert used | set(program.outputs) == set(range(len(program.inputs) + len(program.steps)))


def test_every_output_depends_on_an_input_that_requires_grad(many: list[Program]) -> None:
    for program in many:
        tracked = {n for n, leaf in enumerate(program.inputs) if leaf.requires_grad}
        for n, step in enumerate(program.steps, len(program.inputs)):
            if not tracked.isdisjoint(step.args):
                tracked.add(n)

        assert tracked.issuperset(program.outputs)


def test_questions_are_only_what_every_op_allows() -> None:
    for program in drawn(50, 1, ops=["hardsigmoid", "add"]):
        modes = [question.mode for question in program.questions]

        assert "reverse" in modes
        if any(step.op == "hardsigmoid" for step in program.steps):  # torch has no second derivative of it
            assert "reverse-reverse" not in modes


def at_random(count: int) -> list[Program]:
    """Programs of evenly random bytes: what there is to draw, whatever Hypothesis prefers."""
    random, plan = Random(1), planned()
    drafts = [
        Draft(
            random.getrandbits(31),
            random.randbytes(FRAME),
            [random.randbytes(STEP) for _ in range(random.randint(1, 8))],
        )
        for _ in range(count)
    ]
    return [decoded(draft, plan) for draft in drafts]


def test_the_draws_vary() -> None:
    many = at_random(300)
    sizes = Counter(len(program.steps) for program in many)
    modes = {question.mode for program in many for question in program.questions}
    inputs = [leaf for program in many for leaf in program.inputs]

    assert min(sizes) == 1
    assert max(sizes) >= 8
    assert modes == set(MODES)
    assert {leaf.dtype for leaf in inputs} == set(DTYPES) - {MIXED, *BESIDE} | {*BESIDE.values()}
    assert {leaf.layout for leaf in inputs} == set(LAYOUTS)
    assert {leaf.values for leaf in inputs} == set(values.CLASSES)
    assert {len(leaf.shape) for leaf in inputs} >= {0, 1, 2, 3, 4}
    assert {leaf.requires_grad for leaf in inputs} == {True, False}
    assert any(len(set(step.args)) < len(step.args) for program in many for step in program.steps)
    assert any(len(program.outputs) > 1 for program in many)
    assert len({step.op for program in many for step in program.steps}) > 100


def test_sizes_of_zero_are_rare() -> None:
    empty = [program for program in at_random(1000) if any(0 in leaf.shape for leaf in program.inputs)]

    assert 10 < len(empty) < 60


def test_the_same_seed_draws_the_same_programs() -> None:
    assert drawn(30, 5) == drawn(30, 5)
    assert drawn(30, 5) != drawn(30, 6)


IDS = """
import hashlib, importlib.util, sys
for name in sys.argv[1:]:  # what a worker has loaded and the driver has not, and modules full of constants of their own
    if importlib.util.find_spec(name):
        __import__(name)
from gradspec.programs.draw import planned
from gradspec.programs.search import turns
ids = [turn.program.id for turn in turns(planned(wrong=True).sweeping(), 140, 3)]
print(hashlib.sha256(" ".join(ids).encode()).hexdigest())
"""


def test_every_process_draws_the_same_programs_whatever_it_has_loaded(tmp_path: Path) -> None:
    (tmp_path / "constants.py").write_text(
        "A = 123456\nB = 1999999999\nC = b'" + "x" * 24 + "'\nD = b'" + "y" * 32 + "'\n"
    )
    paths = os.pathsep.join([str(tmp_path), *(path for path in sys.path if path)])
    printed = [
        subprocess.run([sys.executable, "-W", "ignore", "-c", IDS, *modules], env={**os.environ, "PYTHONPATH": paths},
                       capture_output=True, text=True, check=True, cwd=tmp_path).stdout
        for modules in ([], ["constants", "torch", "hypothesis"])
    ]  # fmt: skip
    drawn_here = [turn.program.id for turn in turns(planned(wrong=True).sweeping(), 140, 3)]

    assert printed == [hashlib.sha256(" ".join(drawn_here).encode()).hexdigest() + "\n"] * 2


def test_the_programs_of_a_run_are_these_for_good() -> None:
    """They are read from the stream of PCG64, which NumPy promises."""
    draft = planned().draft(0, 0)
    words = np.random.PCG64(np.random.SeedSequence((0, 0))).random_raw(2)

    assert draft.seed == int.from_bytes(int(words[0]).to_bytes(8, "little")[4:]) >> 1
    assert draft.frame[:8] == int(words[1]).to_bytes(8, "little")


def test_a_program_may_have_forty_steps_and_few_have_more_than_eight() -> None:
    plan = planned()
    counts = Counter(len(plan.draft(n, 0).steps) for n in range(4000))

    assert max(counts) == STEPS == 40
    assert set(counts) >= set(range(1, 9))
    assert 4000 / 48 < sum(count for steps, count in counts.items() if steps > 8) < 4000 / 24
    assert max(len(planned(steps=5).draft(n, 0).steps) for n in range(200)) == 5


def test_long_programs_run_and_stay_bounded() -> None:
    plan = planned(classes=["generic"], dtypes=["float64"], mutation=False)
    long = [plan.draft(n, 0) for n in range(1500) if len(plan.draft(n, 0).steps) > 20]
    for program in (decoded(draft, plan) for draft in long):
        answers = Refgrad().answer(program, steps=True)

        assert len(program.steps) >= 20
        assert not answers.refused
        assert all(step is None or np.nanmax(np.abs(step.numpy()), initial=0) <= 257 for step in answers.steps)


def test_smooth_programs_have_no_op_with_kinks() -> None:
    for program in drawn(50, 1, smooth=True):
        assert all(catalogue.get(step.op).kinks is kinks.never for step in program.steps)


def test_options_restrict_the_draw() -> None:
    for program in drawn(50, 1, steps=2, dtypes=["float32"], ops=["mul", "exp"], modes=["forward"]):
        assert {step.op for step in program.steps} <= {"mul", "exp", "tanh", "sin", "sigmoid"}
        assert {leaf.dtype for leaf in program.inputs} == {"float32"}
        assert {question.mode for question in program.questions} <= {"forward", "reverse"}


def test_no_bytes_are_the_simplest_program() -> None:
    program = decoded(Draft(0, b"", [b""]), planned())

    assert [step.op for step in program.steps] == ["add"]
    assert [leaf.shape for leaf in program.inputs] == [()]


@pytest.mark.parametrize("op", ["tanh", "maximum", "sort", "linalg.solve"])
def test_a_program_begins_with_what_it_is_to_show(op: str) -> None:
    found = set()
    for seed in range(8):
        feature = Feature(op, "float32", "strided", "zeros")
        program = decoded(Draft(1, Random(seed).randbytes(FRAME), [Random(seed).randbytes(STEP)], feature), planned())
        found |= set(visited(program))

        assert program.steps[0].op == op
    assert found >= {Cell(op, "dtype", "float32"), Cell(op, "layout", "strided"), Cell(op, "values", "zeros")}


def test_numbers_that_an_op_refuses_do_not_reach_it() -> None:
    for program in drawn(60, 1, ops=["linalg.solve", "add"], classes=["generic", "nan"]):
        wild = {n for n, leaf in enumerate(program.inputs) if leaf.values == "nan"}
        for n, step in enumerate(program.steps, len(program.inputs)):
            if not wild.isdisjoint(step.args):
                wild.add(n)

            assert step.op != "linalg.solve" or n not in wild


def test_float32_meets_float64_where_an_op_promotes() -> None:
    met = {step.op for program in drawn(150, 1, dtypes=["mixed"]) for step in program.steps
           if len({program.meta(n)[1] for n in step.args}) > 1}  # fmt: skip

    assert met
    assert met <= {"add", "mul", "sub", "div", "maximum", "minimum", "fmax", "fmin", "where", "pow", "atan2", "hypot",
                   "copysign", "logaddexp", "xlogy", "remainder", "fmod", "cat"}  # fmt: skip


def test_integers_and_truth_values_stand_beside_floats_and_have_no_gradient() -> None:
    ops = dtypes.PROMOTING | {"exp", "sum"}
    met = set()
    for program in drawn(400, 1, dtypes=list(BESIDE), ops=ops):
        whole = {n for n, leaf in enumerate(program.inputs) if leaf.dtype in BESIDE.values()}
        met |= {(step.op, program.inputs[n].dtype) for step in program.steps for n in whole & {*step.args}}

        assert not whole & {*program.differentiated}
        assert all(np.isin(values.materialise(program.inputs[n]), range(-2, 4)).all() for n in whole)
        assert all(not {*step.args} <= whole for step in program.steps)
        assert {step.dtype for step in program.steps} == {"float64"}
    assert {dtype for _, dtype in met} == {"int64", "bool"}
    assert {op for op, dtype in met if dtype == "int64"} <= dtypes.BESIDE["int64"]
    assert {op for op, dtype in met if dtype == "bool"} <= dtypes.BESIDE["bool"]
    assert len(met) > 20


@pytest.mark.parametrize("name", ["refgrad", "torch", "jax"])
def test_engines_promote_integers_and_truth_values_alike(name: str) -> None:
    if name != "refgrad":
        pytest.importorskip(name, reason="the engine under test")
    engine = registry.load(name)
    for program in drawn(
        40, 2, dtypes=list(BESIDE), ops=["add", "mul", "maximum", "where"], steps=2, modes=["reverse"]
    ):
        answers = engine.answer(program)

        assert not answers.refused, program
        assert {array.dtype for array in answers.values} == {"float64"}


def test_an_argument_outside_the_domain_is_squashed_into_it() -> None:
    builder = Builder("float64", 0)
    builder.add(catalogue.get("neg"), Choices(b""))
    builder.add(catalogue.get("log"), Choices(b""))

    *_, squash, log = builder.values
    assert log.op.name == "log"
    assert squash.op.name in {"sigmoid", "exp"}
    assert squash.interval[0] > 0


@pytest.mark.parametrize(
    ("domain", "leaf"),
    [
        ((-inf, inf), (-2.0, 2.0)),
        ((0.0, inf), (0.125, 2.125)),
        ((1.0, inf), (1.125, 3.125)),
        ((-1.0, 1.0), (-0.875, 0.875)),
        ((-inf, 20.0), (-2.0, 2.0)),
    ],
)
def test_leaves_keep_clear_of_the_ends_of_a_domain(domain: tuple[float, float], leaf: tuple[float, float]) -> None:
    assert inside(domain) == leaf
    assert fits(leaf, domain, 4.0)


def test_an_interval_that_reaches_a_pole_or_the_limit_does_not_fit() -> None:
    assert not fits((0.03, 1.0), (0.0, inf), 4.0)
    assert not fits((0.5, 0.99), (-1.0, 1.0), 4.0)
    assert not fits((0.5, 5.0), (0.0, inf), 4.0)


def test_other_value_classes_are_drawn_when_asked_for() -> None:
    made = drawn(30, 1, classes=["ties", "edges"])

    assert {leaf.values for program in made for leaf in program.inputs} == {
        "ties",
        "edges",
        "generic",
    }  # what refuses an edge gets generic numbers


def test_an_unknown_value_class_is_refused() -> None:
    with pytest.raises(UnknownName, match="unknown value class 'tie'. Did you mean 'ties'"):
        planned(classes=["tie"])


@pytest.mark.parametrize("options", [{"classes": []}, {"ops": []}, {"dtypes": []}, {"modes": []}, {"steps": 0}])
def test_an_empty_choice_is_refused(options: dict) -> None:
    with pytest.raises(GradspecError, match="nothing to draw from"):
        planned(**options)


def test_an_unknown_op_is_refused() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'relu'"):
        planned(ops=["rellu"])
