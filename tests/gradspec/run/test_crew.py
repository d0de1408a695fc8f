"""However many share a run's work, the same is decided, and what one of them leaves undone the others do."""

from __future__ import annotations

import os
import pathlib
import signal
import time

import msgspec
import pytest

from gradspec.run import crew, driver, journal, share, witness
from gradspec.run.bench import Silent
from gradspec.run.records import Selection
from gradspec.specs.model import Spec
from gradspec.specs.read import parse

BACKENDS = ("refgrad", "doubles.crooked:Crooked")
PROGRAMS = 60


def page(id: str) -> Spec:
    return parse(
        "# Two is two\n\n```python\ntorch.tensor(2.0)  # => 2.0\n```\n\n"
        'Sources: mathematics\n\n```toml\nneeds = ["ops"]\n```\n',
        id,
    )


SPECS = [page(f"a/{n}") for n in range(12)]


@pytest.fixture(scope="module", autouse=True)
def together():
    """The run's own share of the programs begins when a hand has done something."""
    programs = crew.Crew.programs

    def waiting(self: crew.Crew) -> None:
        until = time.monotonic() + 60
        while self._hands and not any(hand.drawn for hand in self._hands) and time.monotonic() < until:
            time.sleep(0.01)
        programs(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crew.Crew, "programs", waiting)
        yield


def run(folder: pathlib.Path, workers: int, **options) -> journal.Run:
    return driver.run(Selection(BACKENDS, programs=PROGRAMS, seed=1), SPECS, folder, workers=workers, **options)


def told(run: journal.Run) -> dict[tuple[str, str], object]:
    """All that was decided, by case and backend, and what was found."""
    return {(r.case, r.backend): (r.judgement, r.scripts, r.numbers) for r in run.results}


def witnesses(run: journal.Run) -> dict[str, bytes]:
    return {witness.name(one): bytes(one.program) for one in witness.witnesses(run)}


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> journal.Run:
    """The run of one."""
    return run(tmp_path_factory.mktemp("alone"), 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> pathlib.Path:
    """The report of a run of two."""
    folder = tmp_path_factory.mktemp("two")
    run(folder, 2)
    return folder


def test_two_decide_what_one_does(folder, alone):
    done = journal.read(folder)

    assert told(done) == told(alone)
    assert witnesses(done) == witnesses(alone) != {}
    assert done.complete
    assert done.footer.counts == alone.footer.counts
    assert (done.footer.programs_drawn, done.footer.programs_run) == (PROGRAMS, alone.footer.programs_run)


def test_a_case_is_begun_before_it_is_decided_whoever_decides_it(folder, alone):
    first: dict[str, dict[tuple[str, str], int]] = {"begin": {}, "result": {}}
    for n, line in enumerate(journal.locate(folder).read_bytes().splitlines()[1:-1]):
        record = msgspec.json.decode(line)
        first[record["kind"]].setdefault((record["case"], record["backend"]), n)

    assert first["result"].keys() == told(alone).keys()
    assert all(first["begin"][key] < place for key, place in first["result"].items())


def test_what_a_worker_leaves_undone_the_others_do(tmp_path, monkeypatch, alone):
    turned = crew.Hand._turned

    def fatal(self: crew.Hand, *args: object) -> None:
        turned(self, *args)
        if self.drawn:
            os.kill(self._process.pid, signal.SIGKILL)

    notes = []

    class Listens(Silent):
        def note(self, line):
            notes.append(line)

    monkeypatch.setattr(crew.Hand, "_turned", fatal)
    done = run(tmp_path, 2, watch=Listens())

    assert {key: judgement for key, (judgement, *_) in told(done).items()} == {
        key: judgement for key, (judgement, *_) in told(alone).items()
    }
    assert done.complete
    assert any("a worker is gone, the others do its share" in line for line in notes)


def test_an_interrupt_ends_all_of_them_and_resume_goes_on(tmp_path, alone, interruptible):
    class Interrupts(Silent):
        programs = 0

        def decided(self, results):
            self.programs += any(r.case.startswith("program:") for r in results)
            if self.programs == 5:
                os.kill(os.getpid(), signal.SIGINT)

    began = time.monotonic()
    cut = run(tmp_path, 2, watch=Interrupts())
    assert not cut.complete
    assert 0 < cut.footer.programs_drawn < PROGRAMS
    assert time.monotonic() - began < 60

    done = driver.resume(tmp_path / journal.FILE, SPECS, workers=2)
    assert told(done) == told(alone)
    assert done.complete
    assert done.footer.counts == alone.footer.counts


@pytest.mark.parametrize(("specs", "programs", "workers"), [(0, 1, 8), (3, 0, 2), (17, 2000, 2), (8, 49, 3)])
def test_the_portions_are_the_whole(specs, programs, workers):
    pages = [page(f"a/{n}") for n in range(specs)]
    items = share.items(pages, programs, workers)
    batches = [item for item in items if isinstance(item, share.Batch)]

    assert [spec for item in items if isinstance(item, share.Pages) for spec in item.specs] == pages
    assert [n for batch in batches for n in range(batch.start, batch.start + batch.count)] == list(range(programs))
    assert len(batches) >= min(programs, 4 * workers)


def test_what_is_handed_back_is_dealt_again_before_all_is_finished():
    deal = share.Deal([share.Batch(0, 5), share.Batch(5, 5)])
    first, second = deal.take(), deal.take()
    assert deal.take() is None
    assert not deal.finished

    deal.done()
    deal.again(second)
    assert not deal.finished
    assert deal.take(share.Pages) is None
    assert deal.take() == second != first

    deal.done()
    assert deal.finished
