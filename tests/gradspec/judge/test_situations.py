"""What is known of an engine excuses a step in the situation that its entry names; a fault anywhere else is found."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gradspec.judge import known, situations
from gradspec.judge.programs import judge_program
from gradspec.judge.shadow import cast
from gradspec.judge.verdict import Verdict
from gradspec.outcome import Array
from gradspec.programs.model import Input, Program, Question, Step

LEAF = Input((2, 3))
ROW = Input((3,), seed=1)
FOLD = {"index": ((1, 1, 1), (0, 0, 0)), "reduce": "amax", "include_self": False}


def program(*steps: Step, inputs: tuple[Input, ...] = (LEAF, ROW), mode: str = "reverse") -> Program:
    return Program(inputs, steps, (len(inputs) + len(steps) - 1,), (Question(mode),))


def select(base: int, **more: object) -> Step:
    return Step("select_scatter", (base, 1), {"index": 0}, (2, 3), **more)


def exact(shape: tuple[int, ...], *numbers: float) -> Input:
    return Input(shape, exact=tuple(number.hex() for number in numbers))


def step(op: str, *inputs: Input, shape: tuple[int, ...], **settings: object) -> Program:
    return program(Step(op, tuple(range(len(inputs))), settings, shape), inputs=inputs)


def unfolded(by: int, windows: int) -> Program:
    shape = (windows, 2)
    return program(Step("unfold.dim", (1,), {"size": 2, "step": by}, shape), Step("abs", (2,), {}, shape))


PAIR = exact((2,), 1.0, 2.0)
ORDINARY = [
    program(select(0)),
    step("diagonal_scatter", LEAF, Input((2,), seed=1), shape=(2, 3)),
    step("slice_scatter", LEAF, Input((2, 3), seed=1), shape=(2, 3), start=0),
    step("block_diag", ROW, LEAF, shape=(3, 6)),
    step("scatter_reduce", LEAF, Input((2, 3), seed=1), shape=(2, 3), **FOLD),
    step("scatter_reduce", LEAF, LEAF, shape=(2, 3), **{**FOLD, "include_self": True, "reduce": "sum"}),
    step("index_reduce", LEAF, Input((2, 3), seed=1), shape=(2, 3), **{**FOLD, "index": (1, 0)}),
    step("tanhshrink", PAIR, shape=(2,)),
    step("batch_norm", Input((2, 3, 2), layout="strided"), ROW, ROW, shape=(2, 3, 2)),
    step("i0", PAIR, shape=(2,)),
    step("pow", PAIR, exact((2,), 2.0, 3.0), shape=(2,)),
]
"""Programs of ops of which something is known in a corner, outside of it."""


def blamed(of: Program, table: known.Known) -> Verdict:
    """The verdict on an engine that is right but for a gradient of zeros."""
    shadow = cast(of)
    gone = tuple(None if x is None else Array.of(0 * x.numpy(), x.dtype) for x in shadow.own.questions[0])
    return judge_program(of, replace(shadow.own, questions=(gone,)), shadow, table).verdict


@pytest.mark.parametrize("engine", ["torch", "jax"])
@pytest.mark.parametrize("of", ORDINARY, ids=lambda of: of.steps[-1].op)
def test_a_gradient_that_is_missing_in_an_ordinary_place_is_found(engine, of):
    table = known.load(engine, {engine: "99", "device": "cpu"})

    assert blamed(of, table) is Verdict.WRONG_GRADIENT


def test_in_the_situation_it_is_excused():
    table = known.load("torch", {"torch": "99", "device": "cpu"})

    assert blamed(program(Step("as_strided", (0,), {}, (2, 3)), select(2)), table) is Verdict.DOCUMENTED


def test_a_chance_is_counted_in_the_situation_only():
    table = known.load("torch", {"torch": "99", "device": "cpu"})
    for of, met in [(program(select(0)), 0), (program(Step("as_strided", (0,), {}, (2, 3)), select(2)), 1)]:
        shadow = cast(of)
        judge_program(of, shadow.own, shadow, table)
        assert table.met["select_scatter anywhere, overlapping"] == met


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("overlapping", [program(Step("as_strided", (0,), {}, (2, 3)), Step("transpose", (2,), {}, (3, 2)),
                                 Step("abs", (3,), {}, (3, 2))),
                         unfolded(1, 2)],
                        [program(Step("as_strided", (0,), {}, (2, 3)), Step("neg", (2,), {}, (2, 3)),
                                 Step("abs", (3,), {}, (2, 3))),
                         unfolded(2, 1)]),
        ("empty argument", [step("block_diag", Input((0,)), LEAF, shape=(3, 3))],
                           [step("block_diag", ROW, LEAF, shape=(3, 6))]),
        ("equal numbers", [step("add", PAIR, exact((2,), 2.0, 3.0), shape=(2,))],
                          [step("add", PAIR, exact((2,), 3.0, 3.0), shape=(2,))]),
        ("small number", [step("tanhshrink", exact((2,), 2.0, -0.1), shape=(2,))],
                         [step("tanhshrink", exact((2,), 2.0, -0.6), shape=(2,))]),
        ("zero", [step("pow", PAIR, exact((2,), 0.0, 1.0), shape=(2,))],
                 [step("pow", exact((2,), 0.0, 1.0), PAIR, shape=(2,))]),
        ("strided parameter", [step("mul", ROW, Input((3,), layout="strided"), shape=(3,))],
                              [step("mul", Input((3,), layout="strided"), ROW, shape=(3,)),
                               step("mul", ROW, Input((1,), layout="expanded"), shape=(3,))]),
        ("truth value", [step("mul", Input((1,), "bool", "integers"), ROW, shape=(3,))],
                        [step("mul", ROW, ROW, shape=(3,))]),
        ("negative number", [step("ndtr", exact((2,), -1.0, 1.0), shape=(2,))], [step("ndtr", PAIR, shape=(2,))]),
    ],
)  # fmt: skip
def test_a_situation_is_what_its_name_says(name, inside, outside):
    for programs, expected in ((inside, {name}), (outside, set())):
        for of in programs:
            assert situations.of(of, len(of.steps) - 1, cast(of), {name}) == expected


def test_without_values_no_step_is_in_a_situation_of_values():
    of = step("pow", PAIR, exact((2,), 0.0, 1.0), shape=(2,))

    assert situations.of(of, 0, None, {"zero"}) == set()


def test_a_situation_of_every_name_is_defined():
    assert set(situations.NAMES) == set(situations.SITUATIONS)
