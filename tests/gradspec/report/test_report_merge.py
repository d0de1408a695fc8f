"""Runs of several machines become one, unless they contradict each other."""

from __future__ import annotations

import msgspec
import pytest
from made_up import JAX, REFGRAD, TORCH, big, program, result, run
from msgspec.structs import replace

from gradspec.errors import ContradictingRuns
from gradspec.programs.model import encode
from gradspec.report.build import build
from gradspec.report.merge import merge
from gradspec.report.write import write
from gradspec.run import journal
from gradspec.run.records import Begin

HERE = "spec:backward/accumulates"


def test_two_machines_make_one_matrix_that_knows_where_each_cell_came_from():
    here, there = run(result(HERE, "refgrad")), run(result(HERE, "torch:cpu"), started="2026-02-02T00:00:00+00:00")
    merged = merge([here, there])
    (row,) = build(merged).specs

    assert {backend: cell.origin for backend, cell in row.cells.items()} == {"refgrad": 0, "torch:cpu": 1}
    assert merged.header.parts == (here.header, there.header)
    assert [info.id for info in merged.header.backends] == ["refgrad", "torch:cpu"]


def test_shards_with_other_programs_join_and_their_seeds_are_noted():
    merged = merge([run(result(f"program:{s}", "refgrad"), seed=s, drawn=10) for s in (1, 2)])

    assert [r.case for r in merged.results] == ["program:1", "program:2"]
    assert merged.footer.programs_drawn == 20
    assert "Merged from 2 runs with the seeds 1, 2." in build(merged).notes


def test_a_program_drawn_twice_is_counted_once():
    one = run(result("program:1", "refgrad"), drawn=1)
    two = run(result("program:1", "torch:cpu"), drawn=1)

    assert merge([one, two]).footer.programs_drawn == 1


def test_a_run_merged_with_itself_is_itself():
    whole, _ = big()
    merged = merge([whole, whole])

    assert [replace(r, part=0) for r in merged.results] == list(whole.results)
    assert merged.footer.counts == whole.footer.counts


def test_the_same_case_with_another_verdict_names_both_runs():
    one = run(result(HERE, "refgrad"), started="2026-01-01")
    two = run(result(HERE, "refgrad", "wrong-value"), started="2026-01-02")

    with pytest.raises(ContradictingRuns) as raised:
        merge([one, two])
    assert f"{HERE} on refgrad: agrees in the run of 2026-01-01" in str(raised.value)
    assert "wrong-value in the run of 2026-01-02" in str(raised.value)


def test_of_two_equal_verdicts_the_one_nearer_the_limit_stays():
    merged = merge([run(result("program:1", "refgrad", margin=m)) for m in (0.1, 0.9, 0.5)])

    assert [(r.judgement.margin, r.part) for r in merged.results] == [(0.9, 1)]


def test_a_difference_that_only_one_run_could_see_is_no_contradiction():
    alone, beside = run(result(HERE, "jax:cpu")), run(result(HERE, "jax:cpu", "unspecified"))

    for runs in ([alone, beside], [beside, alone]):
        merged = merge(runs)
        assert [r.judgement.verdict for r in merged.results] == ["unspecified"]
        assert merged.footer.counts == {"jax:cpu": {"unspecified": 1}}


def test_another_version_of_an_engine_is_another_engine():
    newer = replace(TORCH, versions={"torch": "2.14.0", "device": "cpu"})

    with pytest.raises(ContradictingRuns, match="torch:cpu is torch 2.13.0, .* and torch 2.14.0, .*gradspec compare"):
        merge([run(result(HERE, "torch:cpu")), run(result("spec:a/b", "torch:cpu"), backends=(newer,))])


def test_another_gradspec_is_another_suite():
    with pytest.raises(ContradictingRuns, match="by 0.2.0: their specs may differ"):
        merge([run(result(HERE, "refgrad")), run(result(HERE, "jax:cpu"), gradspec="0.2.0")])


def test_no_runs_cannot_be_merged():
    with pytest.raises(ContradictingRuns, match="no runs to merge"):
        merge([])


def test_merging_in_steps_is_merging_at_once():
    runs = [run(result(HERE, info.id), begun=(Begin(HERE, info.id),)) for info in (REFGRAD, TORCH, JAX)]

    assert merge([merge(runs[:2]), runs[2]]) == merge(runs)


def test_a_part_that_was_cut_makes_the_whole_cut():
    assert merge([run(result(HERE, "refgrad")), run(result(HERE, "jax:cpu"), cut=True)]).footer is None


def test_a_merged_run_is_written_along_and_read_back(tmp_path):
    raw, case = msgspec.Raw(encode(program())), f"program:{program().id}"
    here = run(
        result(case, "refgrad", "crash", program=raw), begun=(Begin(case, "refgrad", raw), Begin(HERE, "refgrad"))
    )
    merged = merge([here, run(result(HERE, "jax:cpu"))])
    write(merged, tmp_path, [])

    assert journal.read(tmp_path) == merged


def test_a_single_run_is_left_where_it_lies(tmp_path):
    write(run(result(HERE, "refgrad")), tmp_path, [])

    assert not (tmp_path / journal.FILE).exists()
