"""A program is plain data: it reads back as it was written, and its id is the same everywhere."""

from __future__ import annotations

import subprocess
import sys

import pytest
from drawing import drawn

from gradspec.errors import BrokenProgram
from gradspec.programs import Input, Program, Question, Step
from gradspec.programs.model import decode, encode

SMALL = Program(
    (Input((2, 3), seed=7), Input((3,), "float32", requires_grad=False, exact=("0x1.8p+0", "-0x0.0p+0", "inf"))),
    (Step("mul", (0, 1), {}, (2, 3)), Step("sum", (2,), {"dim": (0, -1), "keepdim": False})),
    (3,),
    (Question("reverse", 1), Question("forward", 2)),
)


def test_drawn_programs_read_back_as_they_were_written() -> None:
    for program in drawn(50, 1):
        assert decode(encode(program)) == program


def test_the_id_is_the_same_in_another_process() -> None:
    code = "import sys; from gradspec.programs.model import decode; print(decode(sys.stdin.read()).id)"
    paths = ":".join(sys.path)
    other = subprocess.run(
        [sys.executable, "-c", code],
        input=encode(SMALL).decode(),
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": paths, "PYTHONHASHSEED": "4"},
    )

    assert other.stdout.strip() == SMALL.id


def test_the_id_is_that_of_the_content() -> None:
    """Written down once: an id that changes orphans every stored witness."""
    assert encode(SMALL) == (
        b'{"inputs":[{"shape":[2,3],"seed":7},'
        b'{"shape":[3],"dtype":"float32","requires_grad":false,"exact":["0x1.8p+0","-0x0.0p+0","inf"]}],'
        b'"steps":[{"op":"mul","args":[0,1],"shape":[2,3]},'
        b'{"op":"sum","args":[2],"settings":{"dim":[0,-1],"keepdim":false}}],'
        b'"outputs":[3],"questions":[{"mode":"reverse","seed":1},{"mode":"forward","seed":2}]}'
    )


def test_a_value_knows_its_shape_and_dtype() -> None:
    assert SMALL.meta(1) == ((3,), "float32")
    assert SMALL.meta(2) == ((2, 3), "float64")


def test_a_cut_file_is_refused_with_the_place() -> None:
    with pytest.raises(BrokenProgram, match=r"w\.json: not a gradspec program: .*Was the file cut or edited"):
        decode(encode(SMALL)[:-20], "w.json")
    with pytest.raises(BrokenProgram, match=r"\$\.inputs\[0\]\.shape"):
        decode(b'{"inputs":[{"shape":"3"}],"steps":[],"outputs":[]}')


def test_a_newer_format_is_refused() -> None:
    with pytest.raises(BrokenProgram, match="format 99, this gradspec reads up to 1. Upgrade"):
        decode(b'{"inputs":[],"steps":[],"outputs":[],"format":99}')
