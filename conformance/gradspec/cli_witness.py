"""The commands about one witness: run it again, ask the oracle, explain the limits, write it up as an issue.

cli.py hangs them into its tree. A witness is a file, or the name of a known finding (`gradspec corpus` lists them).

As there, each command parses, calls one function of the suite, and prints.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .errors import DEPARTS, OK

if TYPE_CHECKING:
    from .run.explain import Told


class WitnessPath(click.Path):
    """A path, or the name of a known finding, which stands for the path of its file."""

    def convert(self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path; what is no file and no name is left for the reader to complain about."""
        from .run import corpus

        path = Path(value)
        known = corpus.FOLDER / f"{value}.json"
        return known if not path.exists() and known.is_file() else path


WITNESS = click.argument("file", metavar="WITNESS", type=WitnessPath())


@click.command()
@WITNESS
def repro(file: Path) -> int:
    """Run a witness again: what was promised, what comes. Exits 1 while it departs."""
    from .report.clean import clean
    from .run import witness
    from .run.repro import again

    found = witness.read(file)
    click.echo(clean(f"{found.case}, which showed {found.judgement.verdict} on {found.backend}"))
    results = again(found)
    for result in results:
        said = result.judgement.said or result.judgement.where
        click.echo(clean(f"{result.backend}: {result.judgement.verdict}{': ' if said else ''}{said}"))
    return DEPARTS if results[0].judgement.verdict.departs else OK


@click.command()
@WITNESS
def oracle(file: Path) -> int:
    """How far every engine is from the certified truth. Exits 1 when one is farther than the judge allows."""
    from .run import explain, witness

    return _print(explain.oracle(witness.read(file)))


@click.command("explain")
@WITNESS
def explain_(file: Path) -> int:
    """What the tolerance of every tensor is made of, and what is observed. Exits 1 when an engine departs."""
    from .run import explain, witness

    return _print(explain.tolerances(witness.read(file)))


@click.command()
@WITNESS
def issue(file: Path) -> int:
    """Write a witness up as an issue, ready to be pasted upstream."""
    from .run import issue, witness

    click.echo(issue.issue(witness.read(file)), nl=False)
    return OK


@click.command()
def corpus() -> int:
    """List the known findings, the heaviest first: what a run replays before it draws programs."""
    from .run import corpus
    from .run.repro import program_of
    from .run.weight import weight

    heading = ""
    for entry in corpus.load():
        why = str(weight(entry.witness.judgement, program_of(entry.witness)))
        if why != heading:
            click.echo(f"{why}:")
            heading = why
        wrong = ", ".join(f"{engine} {versions}" for engine, versions in entry.lore.wrong.items())
        click.echo(f"  {entry.name:<30} {wrong}\n      {entry.lore.claim}")
    return OK


def _print(told: Told) -> int:
    from .report.clean import clean

    for line in told.lines:
        click.echo(clean(line))
    return DEPARTS if told.departs else OK


COMMANDS = (repro, oracle, explain_, issue, corpus)
