"""`gradspec ops`: which op each engine has, in which mode and order, by running; cli.py hangs it into its tree."""

from __future__ import annotations

from pathlib import Path

import click

from .cli_specs import DEFAULT_BACKENDS
from .errors import DEPARTS, OK


@click.command("ops")
@click.argument("names", metavar="[OP]...", nargs=-1)
@click.option("--backend", "-b", "backends", multiple=True, metavar="B",
              help="May be repeated.  [default: refgrad, and what is installed of torch and jax]")  # fmt: skip
@click.option("--limit", type=click.FloatRange(0, min_open=True), default=30.0, show_default=True, metavar="SEC",
              help="Seconds per op and engine.")  # fmt: skip
@click.option("--write", "file", type=click.Path(path_type=Path), metavar="FILE", help="Write the page there.")
def ops(names: tuple[str, ...], backends: tuple[str, ...], limit: float, file: Path | None) -> int:
    """Op by op: value, reverse, forward, second order and complex, in each engine. Exits 1 where one differs."""
    from datetime import date

    from . import catalogue
    from .report.covered import page
    from .report.write import put
    from .run.seats import seated
    from .run.survey import survey

    chosen = [catalogue.get(name) for name in names] or [*catalogue.in_order(), *catalogue.values.OPS]
    with seated(backends or DEFAULT_BACKENDS, () if backends else DEFAULT_BACKENDS[1:]) as seats:
        entries = list(survey(seats, chosen, limit))
        engines = {id: versions(id, seat.info.versions) for id, seat in seats.items()}
    made = f"`gradspec ops{' --write docs/ops.md' if file else ''}`, {date.today()}"
    text = "\n".join(page(entries, engines, made))
    if file is not None:
        put(file, text)
    click.echo(str(file) if file else text)
    wrong = ("differs", "failed")
    cells = (cell for entry in entries for columns in entry.cells.values() for row in columns.values() for cell in row)
    return DEPARTS if any(cell.word in wrong for cell in cells) else OK


def versions(id: str, known: dict[str, str]) -> str:
    """The engine with its version: "torch 2.13.0"."""
    name = id.partition(":")[0]
    return f"{name} {known.get(name, '')}".strip()
