"""A printed script runs with nothing but its engine, and two engines print the same numbers."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from drawing import drawn

from gradspec import catalogue
from gradspec.errors import UnknownName
from gradspec.judge.shadow import cast
from gradspec.judge.tensors import tensors
from gradspec.programs import Input, Program, Question, Step
from gradspec.programs.script import script

PROGRAM = Program(
    (
        Input((2, 3), seed=1, layout="transposed"),
        Input((3,), exact=("0x1.8p+0", "-0x0.0p+0", "0x1.999999999999ap-4")),
        Input((), seed=3, requires_grad=False),
    ),
    (Step("mul", (0, 1), {}, (2, 3)), Step("mul", (3, 2), {}, (2, 3)), Step("sin", (1,), {}, (3,)),
     Step("sum", (4,), {"dim": -1, "keepdim": False}, (2,))),
    (5, 6),
    (Question("reverse", 1), Question("forward", 2), Question("reverse-reverse", 3)),
)  # fmt: skip


def printed(source: str) -> dict[str, np.ndarray | None]:
    """What a script prints, by label; the script runs in a namespace of its own."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, "script", "exec"), {})
    shown = {}
    for row in out.getvalue().splitlines():
        words, bracket, numbers = row.partition(" [")
        label, _, number = words.rpartition(" ") if not bracket else (words, "", "[" + numbers)
        value = eval(number or numbers, {"nan": np.nan, "inf": np.inf})
        shown[label] = None if value is None else np.array(value, dtype=float)
    return shown


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")  # torch's own, at its first dual number
def test_torch_and_jax_scripts_print_the_same_numbers() -> None:
    pytest.importorskip("torch", reason="one of the two scripts imports it")
    pytest.importorskip("jax", reason="the other script imports it")
    both = [op.name for op in catalogue.in_order() if op.jax]
    for program in [PROGRAM, *drawn(5, 5, steps=3, dtypes=["float64"], ops=both, smooth=True)]:
        torch, jax = printed(script(program, "torch")), printed(script(program, "jax"))

        assert [label for label in torch if label in jax] == list(jax)  # jax has no None to show
        for label, expected in jax.items():
            got = torch[label] if torch[label] is not None else np.zeros_like(expected)
            np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12, err_msg=f"{label} of {program}")


@pytest.mark.parametrize("engine", ["torch", "jax"])
def test_a_script_needs_the_engine_alone(engine: str, tmp_path: Path) -> None:
    pytest.importorskip(engine, reason="the script imports it")
    (tmp_path / "script.py").write_text(script(PROGRAM, engine))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "script.py"], cwd=tmp_path, env={}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "second gradient of x1" in done.stdout


def test_numbers_are_printed_exactly() -> None:
    source = script(PROGRAM, "torch")

    assert "x1 = torch.tensor([1.5, -0.0, 0.1], dtype=torch.float64)" in source


def test_a_layout_is_part_of_the_script() -> None:
    assert "x0 = x0.transpose(-1, -2).contiguous().transpose(-1, -2)\n" in script(PROGRAM, "torch")


def test_only_the_inputs_that_require_grad_are_differentiated() -> None:
    source = script(PROGRAM, "torch")

    assert "x1.requires_grad_()" in source
    assert "x2.requires_grad_()" not in source
    assert "torch.autograd.grad(outputs, (x0, x1), u" in source
    assert "of = lambda x0, x1: run(x0, x1, x2)" in script(PROGRAM, "jax")


def test_zeros_that_torch_has_not_stored_are_printed() -> None:
    pytest.importorskip("torch", reason="its second derivative of abs is a tensor without storage")
    program = Program((Input((2,)),), (Step("abs", (0,), {}, (2,)),), (1,), (Question("reverse-reverse"),))

    assert printed(script(program, "torch"))["second gradient of x0"].tolist() == [0.0, 0.0]


def test_a_refgrad_script_is_the_torch_script_under_another_import() -> None:
    assert script(PROGRAM, "refgrad") == script(PROGRAM, "torch").replace("import torch\n", "import refgrad as torch\n")


def test_jax_counts_in_double_precision() -> None:
    assert 'jax.config.update("jax_enable_x64", True)' in script(PROGRAM, "jax")


def test_an_engine_without_a_script_is_refused() -> None:
    with pytest.raises(UnknownName, match="unknown engine to print for 'torhc'. Did you mean 'torch'"):
        script(PROGRAM, "torhc")


def test_an_answer_has_the_name_that_the_judge_gives_it() -> None:
    shadow = cast(PROGRAM)
    judged = [tensor.name for tensor in tensors(PROGRAM, shadow.own, shadow) if tensor.mode != "value"]

    assert list(printed(script(PROGRAM, "refgrad"))) == ["output 0 (sin)", "output 1 (sum)", *judged]
