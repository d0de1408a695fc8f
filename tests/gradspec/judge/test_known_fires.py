"""Each known divergence of torch and jax has a program in fires/ that shows it: one that none shows must be deleted."""

from __future__ import annotations

import functools
import json
import warnings
from pathlib import Path

import pytest

from gradspec.backends import registry
from gradspec.errors import EngineMissing
from gradspec.judge import known
from gradspec.judge.programs import judge_program
from gradspec.judge.shadow import cast
from gradspec.judge.verdict import Verdict
from gradspec.programs.model import Program, decode

FOLDER = Path(__file__).parent / "fires"
ENGINES = ("torch", "jax", "torch-aot")


@functools.cache
def fires(engine: str) -> dict[str, Program]:
    """By the id of an entry, the program that shows it."""
    table = json.loads((FOLDER / f"{engine}.json").read_text(encoding="utf-8"))
    return {id: decode(json.dumps(program)) for id, program in table.items()}


@functools.cache
def loaded(engine: str) -> tuple[registry.Backend, known.Known]:
    """The engine, and what is known of it here; a skip where it is not installed."""
    try:
        backend = registry.load(f"{engine}:cpu")
    except EngineMissing as missing:
        pytest.skip(str(missing))  # which says what is not installed, and how to get it
    return backend, known.load(f"{engine}:cpu", backend.versions())


@pytest.mark.parametrize("engine", ENGINES)
def test_every_entry_about_an_op_has_its_program(engine):
    entries = known.load(engine, {engine.partition("-")[0]: "99", "device": "cpu"}).entries

    assert sorted(fires(engine)) == sorted(entry.id for entry in entries if entry.op and entry.strict)


@pytest.mark.parametrize(("engine", "id"), [(engine, id) for engine in ENGINES for id in fires(engine)])
def test_an_entry_happens(engine, id):
    backend, table = loaded(engine)
    entry = next((entry for entry in table.entries if entry.id == id), None)
    if entry is None:
        pytest.skip(f"the entry does not hold for {backend.versions()}")
    program = fires(engine)[id]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, of slow batching rules and of a beta
        answers = backend.answer(program, steps=True)

    found = judge_program(program, answers, cast(program), known.Known((entry,)))

    assert (found.verdict, found.known) == (Verdict.DOCUMENTED, id)
