"""The speed table times what it says: every op at about the size asked for, the engines in turns. No time is tested."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.ops import Case, Timed

from benchmarks import ops
from gradspec import catalogue

SIZE = 2000


@pytest.mark.parametrize("op", ["tanh", "matmul", "cat", "gather", "linalg.inv", "sum", "kron", "conv1d"])
def test_shapes_are_stretched_to_about_the_size_and_still_fit(op):
    case = ops.case(catalogue.get(op), SIZE)

    assert case.op.shape(case.shapes, case.settings) is not None
    if op not in ops.LARGE:
        assert SIZE / 2 < ops.elements(case) <= SIZE


def test_long_settings_are_arrays():
    settings = ops.case(catalogue.get("gather"), SIZE).settings

    assert isinstance(settings["index"], np.ndarray)


def test_the_engines_take_turns():
    calls: list[str] = []

    ops.least([lambda: calls.append("a"), lambda: calls.append("b")], 3, shortest=0.0)

    assert "".join(calls[2:]) == "ababab"


def test_the_slow_are_counted_and_come_first():
    case = Case(catalogue.get("tanh"), ((3,),), {})
    slow, quick = Timed(case, (1e-3, 1e-3), (5e-3, 1e-3)), Timed(case, (1e-3, 1e-3), (2e-3, 1e-3))

    first, second, third = ops.summary([quick, slow])

    assert first.startswith("More than 3 times as long as in torch take 0 of 2 ops forwards, and 1 of 2 with")
    assert "5.00" in second
    assert "2.00" in third


def test_an_unknown_benchmark_is_refused_in_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "ops2"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("benchmarks: unknown benchmark 'ops2'. Known: accuracy, ")
