"""Every known finding has a script that shows it, a truth that the oracle certifies, and a say in every run."""

from __future__ import annotations

import contextlib
import io

import msgspec
import pytest

from gradspec import cli
from gradspec.errors import BrokenProgram, UnknownName
from gradspec.judge.verdict import Judgement, Verdict
from gradspec.run import corpus, driver, issue
from gradspec.run.proof import proof
from gradspec.run.records import BackendInfo, Selection
from gradspec.run.repro import program_of

ENTRIES = corpus.load()
NAMES = [entry.name for entry in ENTRIES]
SHOWN = [(entry, engine) for entry in ENTRIES for engine in entry.witness.scripts]
TORCH = BackendInfo("torch:cpu", versions={"torch": "2.13.0", "device": "cpu"})
KNOWN = next(entry for entry in ENTRIES if entry.name == "hardsigmoid")


def code(source: str) -> int:
    """The exit code of a script, which runs in a namespace of its own."""
    with contextlib.redirect_stdout(io.StringIO()), pytest.raises(SystemExit) as ended:
        exec(compile(source, "script", "exec"), {})
    return ended.value.code


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")  # torch's own, at its first dual number
@pytest.mark.parametrize(("entry", "engine"), SHOWN, ids=lambda value: getattr(value, "name", value))
def test_the_script_ends_with_1_where_the_engine_is_wrong_and_with_0_elsewhere(entry, engine):
    pytest.importorskip(engine, reason="the script imports it")

    assert code(entry.witness.scripts[engine]) == (engine in entry.lore.wrong)


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_the_certified_value_is_what_the_oracle_says_now(entry):
    pytest.importorskip("flint", reason="the oracle computes with python-flint")
    shown = proof(program_of(entry.witness), entry.witness.judgement)

    assert "certified" in shown.source
    if entry.witness.judgement.verdict is Verdict.WRONG_DTYPE:
        assert entry.lore.truth == shown.dtype
    else:
        numbers = "[" + ", ".join(map(repr, shown.true)) + "]" if shown.shape else repr(shown.true[0])
        assert entry.lore.truth == f"{numbers}, {shown.source}"


def test_a_run_finds_all_of_them_still_there(tmp_path):
    pytest.importorskip("torch", reason="most of the findings are torch's")
    done = driver.run(Selection(("refgrad", "torch:cpu"), replay=corpus.names()), [], tmp_path, in_process=True)
    verdicts = {(r.case, r.backend): r.judgement.verdict for r in done.results}

    for entry in ENTRIES:
        wrong = "torch" in entry.lore.wrong
        assert verdicts[f"corpus:{entry.name}", "torch:cpu"] is (Verdict.DOCUMENTED if wrong else Verdict.AGREES)
        assert verdicts[f"corpus:{entry.name}", "refgrad"] is Verdict.AGREES
    assert done.complete


def test_what_is_gone_fails_the_run():
    gone = corpus.verdict(KNOWN, TORCH, Judgement(Verdict.AGREES))

    assert gone.verdict is Verdict.HARNESS_ERROR
    assert gone.said.startswith("corpus/hardsigmoid.json is gone in torch 2.13.0: the slope of hardsigmoid")


def test_what_departs_otherwise_is_no_known_finding():
    other = Judgement(Verdict.WRONG_SHAPE)

    assert corpus.verdict(KNOWN, TORCH, other) == other


@pytest.mark.parametrize(
    ("id", "versions", "speaks"),
    [
        ("torch:cpu", {"torch": "2.13.0", "device": "cpu"}, True),
        ("torch:cpu", {"torch": "2.10.0", "device": "cpu"}, False),
        ("torch:cuda", {"torch": "2.13.0", "device": "cuda"}, False),
        ("refgrad", {"refgrad": "1"}, False),
        ("jax:cpu", {"jax": "0.10.2", "device": "cpu"}, False),
    ],
)
def test_an_entry_speaks_of_an_engine_in_its_versions_on_its_devices(id, versions, speaks):
    assert KNOWN.speaks_of(BackendInfo(id, versions=versions)) is speaks


def test_an_unknown_name_is_refused():
    with pytest.raises(UnknownName, match="unknown known finding 'hardsigmoit'. Did you mean 'hardsigmoid'"):
        corpus.load(["hardsigmoit"])


def test_a_witness_without_lore_is_no_entry(tmp_path):
    bare = msgspec.structs.replace(KNOWN.witness, lore=None)
    (tmp_path / "bare.json").write_bytes(msgspec.json.encode(bare))

    with pytest.raises(BrokenProgram, match=r"bare.json: a witness without its lore"):
        corpus.load(folder=tmp_path)


def test_the_heaviest_comes_first():
    assert NAMES.index("digamma") < NAMES.index("lgamma-second") < NAMES.index("addcmul-forward-dtype")
    assert NAMES[0] == "det-singular"
    assert NAMES.index("addcmul-forward-dtype") < NAMES.index("sinc")


def test_an_issue_has_all_that_a_maintainer_asks_for():
    pytest.importorskip("torch", reason="the finding is torch's")
    pytest.importorskip("flint", reason="the oracle computes with python-flint")
    written = issue.issue(KNOWN.witness, in_process=True)

    assert written.startswith("# `hardsigmoid`: wrong gradient in float64 (gradient of x0)\n")
    assert "- torch:cpu: torch 2." in written
    assert "| torch:cpu | float64 0.0078810455763" in written
    assert "| refgrad | float64 0.0078810453414917 | 0 |" in written
    assert "| **true** | float64 0.0078810453414917 | certified to " in written
    source = written.partition("```python\n")[2].partition("```")[0]
    assert code(source) == 1


def test_the_commands_take_a_finding_by_its_name(capsys):
    pytest.importorskip("torch", reason="the finding is torch's")

    assert cli.call(["corpus"]) == 0
    assert "  hardsigmoid " in capsys.readouterr().out
    assert cli.call(["repro", "hardsigmoid"]) == 0  # a known divergence: documented
    assert cli.call(["issue", "hardsigmoit"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
