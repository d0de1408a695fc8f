"""The speed table times what it says: every op at about the size asked for, the engines in turns. No time is tested."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks._reasons import SECTION, reasons
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

    first, second, third, fourth = ops.summary([quick, slow], {"tanh": "a good cause"})

    assert first.startswith("More than 3 times as long as in torch take 0 of 2 ops forwards, and 1 of 2 with")
    assert "without a reason in DECISIONS.md: none of them." in first
    assert "5.00" in second
    assert second.endswith("a good cause")
    assert "2.00" in third
    assert "cause" not in third
    assert fourth == "a good cause: tanh 5.0"


def test_what_is_slow_without_a_reason_is_named():
    slow = Timed(Case(catalogue.get("tanh"), ((3,),), {}), (5e-3, 1e-3))

    first, *_, last = ops.summary([slow], {"sin": "another op's cause"})

    assert "without a reason in DECISIONS.md: tanh." in first
    assert last == "without a reason: tanh 5.0"


def test_every_reason_is_given_to_ops_that_there_are():
    known = {op.name for op in [*catalogue.in_order(), *catalogue.values.OPS]}

    assert len(reasons()) > 50
    assert reasons().keys() <= known


def test_an_op_is_slow_for_one_reason():
    text = f"\n{SECTION}\n\n- **one** (`a`, `b.c`). Text with `code`.\n- **two** (`d`).\n\n## Next\n- **three** (`a`)."

    assert reasons(text) == {"a": "one", "b.c": "one", "d": "two"}
    with pytest.raises(ValueError, match="a is slow for two reasons, 'one' and 'two'"):
        reasons(text.replace("`d`", "`a`"))


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
