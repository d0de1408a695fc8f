"""The commands about the pages: `gradspec specs ...`; cli.py hangs them into its tree.

As there, each command parses, calls one function of the suite, and prints.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .errors import DEPARTS, OK
from .specs.model import LEVELS as KNOWN_LEVELS

if TYPE_CHECKING:
    from .run.journal import Run
    from .specs.model import Spec

LEVELS = click.Choice(KNOWN_LEVELS)
RUN = click.Path(path_type=Path)

DEFAULT_BACKENDS = ("refgrad", "torch:cpu", "jax:cpu")
"""Who is asked where nobody is named; of these, an engine that is not installed is left out."""

REPORT = Path("report")
"""The folder that `gradspec run` writes into, and that questions about a run are put to, where nobody names another."""


@click.group("specs")
def commands() -> None:
    """The pages: list them, show one, check their form."""


@commands.command("list")
@click.option("--level", "levels", multiple=True, type=LEVELS)
@click.option("--chapter", "chapters", multiple=True, metavar="C")
@click.option("--backend", metavar="B", help="The verdicts of this backend only.")
@click.option("--verdict", metavar="V", help="The specs with this verdict.")
@click.option("--run", "file", type=RUN, metavar="FILE", help="The run that verdicts are from.  [default: report]")
def list_specs(
    levels: tuple[str, ...], chapters: tuple[str, ...], backend: str | None, verdict: str | None, file: Path | None
) -> int:
    """List specs: id, level, claim; or the verdicts of a run."""
    from .report.clean import clean
    from .report.coverage import fell
    from .specs.where import select

    asked = file or (REPORT if backend or verdict else None)
    verdicts = fell(_read(asked), backend, verdict) if asked else None
    for spec in select((), chapters, levels):
        if verdicts is None:
            click.echo(clean(f"{spec.id}  [{spec.level}]  {spec.claim}"))
        elif spec.id in verdicts:
            click.echo(clean(f"{spec.id}  [{spec.level}]  {', '.join(verdicts[spec.id])}"))
    return OK


@commands.command("show")
@click.argument("id")
def show_spec(id: str) -> int:
    """Print one page."""
    from .errors import UnknownName
    from .specs.where import ids, load

    known = ids()
    if id not in known:
        raise UnknownName.of("spec", id, known, "`gradspec specs list` shows all of them.")
    (spec,) = load([id])
    click.echo(spec.text.rstrip("\n"))
    return OK


@commands.command("lint")
@click.option("--run", "file", type=RUN, metavar="FILE", help="Also name the pages that no backend of it checked.")
def lint_specs(file: Path | None) -> int:
    """Check that every page keeps the rules of the format, and that no documented behaviour is forgotten."""
    from .report.coverage import unchecked
    from .report.words import several
    from .specs.lint import lint
    from .specs.where import load

    complaints = lint()
    if file is not None:
        complaints += unchecked(load(), _read(file))
    for complaint in complaints:
        click.echo(complaint)
    click.echo(several(len(complaints), "complaint") if complaints else "every page keeps the rules")
    return DEPARTS if complaints else OK


@commands.command("mutate")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--backend", "-b", "backends", multiple=True, metavar="B", help="May be repeated.  [default: refgrad]")
@click.option("--limit", type=click.FloatRange(0, min_open=True), default=10.0, show_default=True, metavar="SEC",
              help="Seconds per page.")  # fmt: skip
def mutate_specs(ids: tuple[str, ...], backends: tuple[str, ...], limit: float) -> int:
    """Flip every expected value and every expected error; exits 1 where a page does not notice."""
    from .report.clean import clean
    from .run.mutate import Score, mutate
    from .run.seats import seated
    from .specs.where import select

    pages, found = select(ids, (), ()), OK
    with seated(backends or ("refgrad",)) as seats:
        for id, seat in seats.items():
            mutated = list(mutate(seat, pages, limit))
            for survivor in (survivor for page in mutated for survivor in page.survivors):
                click.echo(clean(f"{id} {survivor}"))
            score = Score.of(mutated)
            click.echo(f"{id}: {score}")
            found = found if score.made and not score.survived else DEPARTS
    return found


@commands.command("coverage")
@click.option("--run", "file", type=RUN, metavar="FILE", help="The run to measure.  [default: report]")
@click.option("--backend", metavar="B", help="This backend only.")
def coverage_specs(file: Path | None, backend: str | None) -> int:
    """What a run has checked: by chapter and level, and of the inventory."""
    from .report.coverage import coverage
    from .specs import inventory
    from .specs.where import load, pages

    for line in coverage(load(), inventory.read(pages()), _read(file or REPORT), backend):
        click.echo(line)
    return OK


@commands.command("inventory")
@click.option(
    "--backend",
    "-b",
    "backends",
    multiple=True,
    metavar="B",
    help="May be repeated.  [default: refgrad, and what is installed of torch and jax]",
)
@click.option("--run", "file", type=RUN, metavar="FILE", help="Read this run instead of running the pages now.")
@click.option("--limit", type=click.FloatRange(0, min_open=True), default=10.0, show_default=True, metavar="SEC",
              help="Seconds per page.")  # fmt: skip
def inventory_specs(backends: tuple[str, ...], file: Path | None, limit: float) -> int:
    """The share of the documented behaviours that holds, area by area, engines side by side.

    What does not hold is named with its reason. Exits 1 where something departs.
    """
    from .errors import GradspecError
    from .report.standing import inventory as lines
    from .specs import inventory
    from .specs.where import load, pages

    listed, specs = inventory.read(pages()), load()
    if listed is None:
        raise GradspecError(f"{pages()}: no {inventory.FILE}, so nothing is said to be documented.")
    done = _read(file) if file else _performed(specs, backends, limit)
    for line in lines(listed, specs, done, backends if file else ()):
        click.echo(line)
    return DEPARTS if any(result.judgement.verdict.departs for result in done.results) else OK


@commands.command("differences")
@click.option(
    "--backend", "-b", "backends", multiple=True, metavar="B", help="May be repeated.  [default: refgrad, torch, jax]"
)
@click.option("--write", is_flag=True, help="Write it to docs/differences.md, beside the pages of a checkout.")
def differences_of_specs(backends: tuple[str, ...], write: bool) -> int:
    """Where engines are known to differ from what is documented, and why: tables in Markdown."""
    from .report.differences import tables
    from .report.write import put
    from .specs import contents
    from .specs.where import load, pages

    text = "\n".join(tables(load(), contents.order(pages()), backends or DEFAULT_BACKENDS)) + "\n"
    path = pages().parent / "docs" / "differences.md"
    if write:
        put(path, text)
    click.echo(str(path) if write else text, nl=write)
    return OK


@commands.command("index")
@click.option("--write", is_flag=True, help="Write it to specs/README.md.")
def index_specs(write: bool) -> int:
    """The table of contents: every page by its claim, chapters in reading order."""
    from .report.write import put
    from .specs import contents
    from .specs.where import load, pages

    text = contents.contents(pages(), load())
    if write:
        put(pages() / contents.CONTENTS, text)
    click.echo(str(pages() / contents.CONTENTS) if write else text, nl=write)
    return OK


def _performed(specs: Sequence[Spec], backends: tuple[str, ...], limit: float) -> Run:
    """A run of `specs` that leaves no report behind."""
    from .run import driver
    from .run.records import Selection

    selection = Selection(backends or DEFAULT_BACKENDS, limit=limit)
    with tempfile.TemporaryDirectory() as folder:
        return driver.run(selection, specs, Path(folder), optional=() if backends else DEFAULT_BACKENDS[1:])


def _read(file: Path) -> Run:
    """A run file, or the one in a report folder."""
    from .run import journal

    return journal.read(file)
