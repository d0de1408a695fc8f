"""A fault is planted behind torch's names in whatever engine has them, is found, and is gone afterwards."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace

import pytest

import refgrad
from gradspec import cli
from gradspec.backends.refgrad import Refgrad
from gradspec.faults.model import FAULTS, Fault, load, overheard, places_of, planted, seen, spellings
from gradspec.judge.verdict import Verdict
from gradspec.run import score, tally, worker
from gradspec.specs import where

KINDS = {
    "wrong rule", "only on ties and kinks", "only on empty dims", "only on size-1 dims", "only in some layouts",
    "only in float32 or its tails", "only in second order", "only in forward mode", "accumulation", "version counter",
    "detach and copies", "hooks", "retain_graph and create_graph", "modes", "dtype promoted",
    "only at zeros and infinities", "complex conjugate missing", "broadcasting not undone",
    "off by one in cumulative ops", "duplicates in scatter", "gradient to the wrong place", "only in reverse mode",
    "setting ignored backward", "only in batches", "transforms",
}  # fmt: skip

ALL = load()


def slope_of_sine(torch=refgrad) -> float:
    x = torch.tensor(0.0, requires_grad=True)
    torch.sin(x).backward()
    return x.grad.item()


def test_there_are_enough_of_every_kind():
    assert len(ALL) >= 120
    assert {fault.kind for fault in ALL.values()} == KINDS


@pytest.mark.parametrize("name", ALL)
def test_a_fault_is_said_in_a_sentence_and_stands_behind_a_name(name):
    assert ALL[name].said.endswith(".")
    assert places_of(refgrad, ALL[name])


def test_a_fault_is_there_in_the_block_and_gone_afterwards():
    with planted(refgrad, ALL["sine-falls"]):
        assert slope_of_sine() == -1.0
    assert slope_of_sine() == 1.0


def test_a_fault_is_taken_back_where_an_error_leaves_the_block():
    with pytest.raises(ZeroDivisionError), planted(refgrad, ALL["sine-falls"]):
        raise ZeroDivisionError
    assert slope_of_sine() == 1.0


def test_the_harmless_twin_does_nothing_wrong():
    with planted(refgrad, ALL["sine-falls"], harmless=True):
        assert slope_of_sine() == 1.0


def test_the_same_fault_is_planted_in_torch():
    torch = pytest.importorskip("torch", reason="the fault is planted in it")

    with planted(torch, ALL["sine-falls"]):
        assert slope_of_sine(torch) == -1.0
    assert slope_of_sine(torch) == 1.0
    assert "sin" not in vars(torch.Tensor)  # as it was: inherited


def test_what_a_fault_calls_is_right():
    """sinh-is-its-own-slope calls cosh, matmul twice: a fault inside a fault would undo itself."""
    x = refgrad.tensor(0.0, requires_grad=True)
    doubled = Fault("twice", "", "", ("sin",), lambda torch, right, x: torch.sin(x) * 2, is_slope=True)
    with planted(refgrad, doubled):
        refgrad.sin(x).backward()

    assert x.grad.item() == 2.0


def test_a_tensor_seen_as_another_has_its_own_bits_and_the_others_derivatives():
    x = refgrad.tensor([-0.0, 2.0, float("inf")], requires_grad=True)
    y = seen(refgrad, x * 1, x * x)
    (slope,) = refgrad.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = refgrad.autograd.grad(slope.sum(), x)

    assert repr(y.tolist()) == "[-0.0, 2.0, inf]"
    assert slope.tolist()[:2] == [0.0, 4.0]
    assert second.tolist()[:2] == [2.0, 2.0]


def test_a_name_is_a_function_a_method_and_an_operator():
    found = {(owner.__name__.rpartition(".")[2], name) for owner, name in spellings(refgrad, "mul")}

    assert found == {("refgrad", "mul"), ("Tensor", "mul"), ("Tensor", "__mul__"), ("Tensor", "__rmul__")}
    assert spellings(refgrad, "Tensor.backward") == [(refgrad.Tensor, "backward")]
    assert spellings(refgrad, "no.such.name") == []


def test_who_listens_hears_what_is_called():
    names = SimpleNamespace(Tensor=refgrad.Tensor, nn=SimpleNamespace(functional=SimpleNamespace()), sin=lambda: 1)
    with overheard(names, [ALL["sine-falls"], ALL["cosine-rises"]]) as heard:
        names.sin()

    assert heard == {(id(names), "sin")}


PAGES = where.load(["backward/accumulates", "detach/shares-memory-without-history", "kinks/abs-at-zero"])


@pytest.fixture(scope="module")
def cases() -> list[score.Case]:
    """Three pages and thirty programs."""
    return score.pages(PAGES) + score.programs(30, 0, [worker.describe(Refgrad())])


def test_a_bed_names_the_first_case_that_finds_a_fault(cases):
    faults = [ALL["backward-overwrites"], ALL["absolute-value-rises-at-zero"], ALL["embedding-counts-a-word-once"]]
    bed = score.Bed.made(Refgrad(), cases, faults)
    overwrites, rises, survives = map(bed.fate, faults)

    assert (overwrites.death.case, overwrites.death.verdict) == ("backward/accumulates", Verdict.WRONG_GRADIENT)
    assert rises.death.case == "kinks/abs-at-zero"
    assert 0 < overwrites.death.seconds < rises.death.seconds < bed.end
    assert survives.death is None
    assert survives.met == 0
    assert tally.score([overwrites, rises, survives]) == (2, 3)


def test_a_fault_that_every_program_meets_is_found_by_programs(cases):
    faults = [ALL["grad-starts-from-the-first-root"], ALL["gradients-are-double"]]
    bed = score.Bed.made(Refgrad(), [case for case in cases if case.shadow is not None], faults)

    assert bed.fate(faults[1]).death.verdict is Verdict.WRONG_DTYPE


def test_what_upsets_the_harmless_twin_as_well_is_no_merit(cases, monkeypatch):
    """A page that asks for the name of a node notices every stand-in: with a right slope, nobody else does."""
    names = Fault("names", "", "", ("abs",), lambda torch, right, x: right(x), is_slope=True)
    real = score.Bed.verdict

    def picky(self, case, fault):
        upset = not isinstance(fault, contextlib.nullcontext) and case.name == "kinks/abs-at-zero"
        return Verdict.WRONG_VALUE if upset else real(self, case, fault)

    bed = score.Bed.made(Refgrad(), cases, [names])
    monkeypatch.setattr(score.Bed, "verdict", picky)

    assert bed.fate(names).death is None


def test_the_command_lists_and_refuses(capsys):
    assert cli.call(["faults", "--list", "--only", "sine-falls"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{name:<45} {fault.kind}: {fault.said}" for name, fault in FAULTS.items() if "sine-falls" in name
    ]
    assert cli.call(["faults", "--only", "no-such-fault"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
