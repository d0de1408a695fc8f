"""Programs of the kind that tutorials are made of print the same on refgrad as on torch, to the last sign.

A program says `import torch`; here `torch` is the engine. Numbers may differ by rounding, addresses altogether.
"""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import refgrad

torch = pytest.importorskip("torch", reason="torch is the one that the programs are written for")

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))
NUMBER = re.compile(r"[-+]?(?:\d+\.\d*(?:[eE][-+]?\d+)?|\.\d+|\d+(?:[eE][-+]?\d+)?)")
IMPORTS = (
    (r"^(\s*)import torch$", r"\1import refgrad as torch"),
    (r"^(\s*)import torch\.([\w.]+) as (\w+)$", r"\1import refgrad.\2 as \3"),
    (r"^(\s*)from torch(\.[\w.]+)? import", r"\1from refgrad\2 import"),
)


def printed(program: str, engine: Any) -> list[str]:
    """The lines that the program prints; its last, if it raises, is the error."""
    if engine is refgrad:
        for pattern, ours in IMPORTS:
            program = re.sub(pattern, ours, program, flags=re.MULTILINE)
    out = io.StringIO()
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        engine.manual_seed(0)
        try:
            exec(compile(program, "<program>", "exec"), {"__name__": "program", "np": np})
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
    text = re.sub(r"0x[0-9a-f]+", "0x", out.getvalue()).replace("refgrad.", "torch.")
    return text.splitlines()


def alike(ours: str, theirs: str) -> bool:
    """Are two lines the same but for blanks, which follow the width of numbers, and for rounding?"""
    words = [re.sub(r"\s+", " ", NUMBER.sub("#", line)) for line in (ours, theirs)]
    numbers = [[float(n) for n in NUMBER.findall(line)] for line in (ours, theirs)]
    return words[0] == words[1] and np.allclose(*numbers, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_programs_print_what_they_print_on_torch(path: Path) -> None:
    ours, theirs = (printed(path.read_text(), engine) for engine in (refgrad, torch))

    assert [(a, b) for a, b in zip(ours, theirs, strict=False) if not alike(a, b)] == []
    assert len(ours) == len(theirs) > 0
