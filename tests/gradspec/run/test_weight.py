"""What matters most is told first: a silent wrong gradient at ordinary points, a tail last."""

from __future__ import annotations

import pytest

from gradspec.judge.verdict import Judgement, Verdict
from gradspec.programs.model import Input, Program, Step
from gradspec.run.weight import CORNER, GRADIENT, HIGHER, LOUD, SINGLE, TAIL, VALUE, weight


def program(*numbers: float, dtype: str = "float64") -> Program:
    leaf = Input((len(numbers),), dtype, exact=tuple(float(x).hex() for x in numbers))
    return Program((leaf,), (Step("exp", (0,), {}, leaf.shape, dtype),), (1,))


ORDINARY = program(0.5, 1.5)
SLOPE = Judgement(Verdict.WRONG_GRADIENT, "gradient of x0", margin=1e6)


@pytest.mark.parametrize(
    ("rank", "judgement", "on"),
    [
        (GRADIENT, SLOPE, ORDINARY),
        (GRADIENT, Judgement(Verdict.WRONG_GRADIENT, "accumulates.md:3 x.grad"), None),
        (HIGHER, Judgement(Verdict.WRONG_GRADIENT, "tangent of output 0"), ORDINARY),
        (HIGHER, Judgement(Verdict.WRONG_GRADIENT, "second gradient of x0"), ORDINARY),
        (VALUE, Judgement(Verdict.WRONG_VALUE, "output 0 (exp)"), ORDINARY),
        (LOUD, Judgement(Verdict.CRASH), ORDINARY),
        (LOUD, Judgement(Verdict.WRONG_DTYPE, "gradient of x0"), ORDINARY),
        (SINGLE, SLOPE, program(0.5, 1.5, dtype="float32")),
        (CORNER, SLOPE, program(0.5, 0.0)),
        (CORNER, SLOPE, program(0.5, 0.5)),
        (CORNER, SLOPE, program(0.5, float("inf"))),
        (TAIL, SLOPE, program(0.5, 1e9)),
        (TAIL, SLOPE, program(0.5, 1e-9)),
        (TAIL, Judgement(Verdict.WRONG_GRADIENT, "gradient of x0", margin=2.0), ORDINARY),
    ],
)
def test_rank(rank, judgement, on):
    assert weight(judgement, on).rank == rank


def test_of_one_rank_the_farthest_comes_first():
    near, far = (weight(Judgement(Verdict.WRONG_GRADIENT, "gradient of x0", margin=m), ORDINARY) for m in (1e3, 1e9))

    assert far < near < weight(Judgement(Verdict.WRONG_VALUE, margin=1e12), ORDINARY)
