"""The commands about one witness: run it again, ask the oracle, explain the limits; cli.py hangs them into its tree.

As there, each command parses, calls one function of the suite, and prints.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .errors import DEPARTS, OK

if TYPE_CHECKING:
    from .run.explain import Told

WITNESS = click.argument("file", metavar="WITNESS", type=click.Path(path_type=Path))


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


def _print(told: Told) -> int:
    from .report.clean import clean

    for line in told.lines:
        click.echo(clean(line))
    return DEPARTS if told.departs else OK


COMMANDS = (repro, oracle, explain_)
