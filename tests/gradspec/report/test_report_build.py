"""A run becomes a Report: what counts, in which denominator, and what is said about a run that is not whole."""

from __future__ import annotations

import msgspec
import pytest
from made_up import BACKENDS, REFGRAD, TORCH, big, program, result, run, shown, spec

from gradspec.errors import NothingChecked
from gradspec.judge.verdict import Verdict
from gradspec.programs.model import encode
from gradspec.report.build import build
from gradspec.report.model import Tally
from gradspec.run.records import Begin

HERE = "spec:backward/accumulates"


def test_checked_counts_what_ran_and_nothing_else():
    tally = Tally.of(Verdict)  # one of each

    assert tally.checked == 12  # 14 verdicts without unsupported and harness-error
    assert tally.departs == 8
    assert (tally.kept, tally.documented, tally.undecided) == (2, 1, 1)
    assert tally.kept + tally.documented + tally.undecided + tally.departs == tally.checked


def test_a_run_that_checked_nothing_makes_no_report():
    with pytest.raises(NothingChecked, match="checked nothing: 1 unsupported, 1 harness-error"):
        build(run(result(HERE, "refgrad", "unsupported"), result(HERE, "torch:cpu", "harness-error")))
    with pytest.raises(NothingChecked, match="no results at all"):
        build(run(backends=BACKENDS))


def test_a_backend_on_which_nothing_was_checked_is_named():
    report = build(run(result(HERE, "refgrad"), result(HERE, "torch:cpu", "unsupported")))

    assert "Nothing was checked on torch:cpu: its numbers mean nothing." in report.notes


def test_a_spec_without_a_result_is_not_run_rather_than_passed():
    report = build(run(result(HERE, "refgrad"), result("spec:a/b", "torch:cpu"), backends=(REFGRAD, TORCH)))

    assert [set(row.cells) for row in report.specs] == [{"refgrad"}, {"torch:cpu"}]
    assert report.backends[0].specs_not_run == 1
    assert report.backends[0].specs.checked == 1
    assert "refgrad was not run on 1 of the 2 specs." in report.notes


def test_a_spec_selected_but_never_begun_has_its_row():
    report = build(run(result(HERE, "refgrad"), specs=("backward/accumulates", "views/never")))

    assert [row.id for row in report.specs] == ["backward/accumulates", "views/never"]


def test_a_cut_run_says_so_and_names_what_it_was_cut_in():
    report = build(run(result(HERE, "refgrad"), begun=(Begin("spec:a/b", "refgrad"),), cut=True))

    assert not report.complete
    assert report.ended == ""
    assert any("cut short" in note for note in report.notes)
    assert "Begun and never finished: a/b on refgrad." in report.notes


def test_a_stopped_run_says_so():
    report = build(run(result(HERE, "refgrad"), complete=False))

    assert not report.complete
    assert any("stopped before its end" in note for note in report.notes)


def test_a_whole_run_has_nothing_to_excuse():
    assert build(run(result(HERE, "refgrad")), [spec()]).notes == ()


def test_a_run_whose_pages_are_gone_is_shown_by_their_ids():
    report = build(run(result(HERE, "refgrad"), result("spec:a/b", "refgrad")), [spec()])

    assert [row.claim for row in report.specs] == ["A second backward adds to `.grad`", "a/b"]
    assert any("a/b is one" in note for note in report.notes)


def test_the_cell_keeps_what_every_line_showed():
    (row,) = build(run(result(HERE, "refgrad", outcome=shown("[5.0]"))), [spec()]).specs

    seen = row.cells["refgrad"].seen
    assert [(s.line, s.shown) for s in seen[:2]] == [(11, "[2.0, 4.0]"), (13, "[5.0]")]
    assert seen[3].raised == "RuntimeError: grad can be implicitly created only for scalar outputs"


def test_chapters_and_levels_count_each_spec_once():
    report = build(*big())

    assert sum(group.specs for group in report.chapters) == len(report.specs) == 180
    assert sum(group.specs for group in report.levels) == 180
    for backend in report.backends:
        assert sum(chapter.tallies[backend.id].checked for chapter in report.chapters) == backend.specs.checked


def test_the_worst_margin_is_kept_for_each_dtype_and_questions():
    first, second = program(1), program(2)
    results = [result(f"program:{p.id}", "torch:cpu", margin=m) for p, m in ((first, 0.25), (second, 0.75))]
    begun = tuple(Begin(f"program:{p.id}", "torch:cpu", msgspec.Raw(encode(p))) for p in (first, second))
    (margin,) = build(run(*results, begun=begun)).backends[0].margins

    assert (margin.dtype, margin.asked, margin.programs) == ("float64", "reverse", 2)
    assert (margin.worst, margin.case) == (0.75, second.id)


def test_a_departure_without_a_witness_gets_the_page_as_a_script():
    (finding,) = build(run(result(HERE, "torch:cpu", "wrong-value")), [spec()]).findings

    (script,) = finding.departures[0].scripts.values()
    assert script.startswith("import torch\n")
    assert "print(x.grad)  # documented: [4., 8.]\n" in script
    compile(script, "witness", "exec")


def test_a_finding_has_every_departure_on_its_case_and_the_others_verdicts():
    case = f"program:{program().id}"
    (finding,) = build(
        run(
            result(case, "refgrad"),
            result(case, "torch:cpu", "wrong-gradient", numbers={"torch:cpu": "1"}),
            result(case, "jax:cpu", "crash"),
        )
    ).findings

    assert [(d.backend, d.cell.verdict) for d in finding.departures] == [
        ("torch:cpu", "wrong-gradient"),
        ("jax:cpu", "crash"),
    ]
    assert set(finding.others) == {"refgrad"}


def test_programs_with_equal_signatures_are_one_finding_under_the_smallest():
    small, large = program(1), program(1, "float64", "reverse", "forward")
    results = [
        result(f"program:{p.id}", "torch:cpu", "wrong-value", signature=s, program=msgspec.Raw(encode(p)))
        for p, s in ((large, "tanh, reverse"), (small, "tanh, reverse"), (program(9), "other"))
    ]
    findings = build(run(*results)).findings

    assert [(f.name, f.alike) for f in findings] == [(small.id, (f"program:{large.id}",)), (program(9).id, ())]


def test_departures_without_a_signature_are_never_gathered():
    results = [result(f"program:{program(s).id}", "torch:cpu", "wrong-value") for s in range(3)]

    assert len(build(run(*results)).findings) == 3


def test_our_own_errors_come_first():
    findings = build(run(result("spec:a/a", "refgrad", "crash"), result(HERE, "refgrad", "harness-error"))).findings

    assert [finding.ours for finding in findings] == [True, False]


def test_our_own_error_is_one_finding_however_often_it_came():
    results = [result(f"spec:a/{i}", "refgrad", "harness-error", said="KeyError: 'x'") for i in range(3)]
    (finding,) = build(run(*results, result(HERE, "refgrad"))).findings

    assert (finding.case, finding.alike) == ("spec:a/0", ("spec:a/1", "spec:a/2"))


def test_known_divergences_name_the_cases_they_explained():
    (known,) = build(run(result(HERE, "jax:cpu", "documented", known="kinks"))).known

    assert (known.backend, known.id, known.cases) == ("jax:cpu", "kinks", (HERE,))


def test_a_program_in_a_form_of_its_own_does_not_stop_the_report():
    report = build(
        run(result("program:x", "refgrad", margin=0.5), begun=(Begin("program:x", "refgrad", msgspec.Raw(b"[1]")),))
    )

    assert report.backends[0].margins[0].dtype == "unknown"


def test_attempts_at_shrinking_are_not_missed_in_a_whole_run():
    report = build(run(result(HERE, "refgrad"), begun=(Begin("program:1", "refgrad"),)))

    assert report.notes == ()


def test_a_program_is_called_by_its_ops_and_what_is_wrong_where():
    raw = msgspec.Raw(encode(program()))
    wrong = result("program:x", "refgrad", "wrong-gradient", where="grad of x0", program=raw)

    assert build(run(wrong)).findings[0].title == "`mul`, `tanh`: wrong-gradient at grad of x0"
