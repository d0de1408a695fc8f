"""A script asks each question in its engine's words, and shows what mathematics answers."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest

from doubles.answers import expected, program
from gradspec.programs.model import MODES
from gradspec.programs.parts import parts
from gradspec.programs.script import script


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")  # torch's own, at its first dual number
@pytest.mark.parametrize("engine", ["refgrad", "torch", "jax"])
@pytest.mark.parametrize("mode", MODES)
def test_a_script_shows_what_mathematics_answers(mode, engine):
    pytest.importorskip(engine, reason="the script imports it")
    asked = program(mode)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(script(asked, engine), "script", "exec"), {})
    shown = dict(line.split(" [", 1) for line in out.getvalue().splitlines() if " [" in line)
    nothing = [line.removesuffix(" None") for line in out.getvalue().splitlines() if line.endswith(" None")]

    for part, right in zip(parts(asked, asked.questions[0]), expected(mode), strict=True):
        if right is None:
            assert part.name in nothing or engine == "jax"
        else:
            np.testing.assert_allclose(eval(f"[{shown[part.name]}"), right, rtol=1e-15)
