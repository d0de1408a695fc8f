"""`gradspec faults`: plant faults in engines and count how many a default run finds; cli.py hangs it into its tree."""

from __future__ import annotations

from pathlib import Path

import click

from .errors import DEPARTS, OK, UnknownName

ENOUGH = 0.98
"""The share of faults that must be found."""


@click.command()
@click.option("--backend", "-b", "backends", multiple=True, metavar="B", help="[default: refgrad and torch:cpu]")
@click.option("--only", "names", multiple=True, metavar="NAME", help="This fault, or a part of names; may be repeated.")
@click.option("--programs", type=click.IntRange(0), default=2000, show_default=True, metavar="N")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--list", "only_list", is_flag=True, help="Name the faults, and plant none.")
@click.option("--write", "file", type=click.Path(path_type=Path), metavar="FILE", help="The table, as Markdown.")
def faults(
    backends: tuple[str, ...], names: tuple[str, ...], programs: int, seed: int, only_list: bool, file: Path | None
) -> int:
    """Plant faults in engines, one at a time: how many does a run find? Exits 1 below 98 %."""
    from .faults.model import load

    known = load()
    chosen = [fault for name, fault in known.items() if not names or any(part in name for part in names)]
    if not chosen:
        raise UnknownName.of("fault", names[0], known, "`gradspec faults --list` shows all of them.")
    if only_list:
        for fault in chosen:
            click.echo(f"{fault.name:<45} {fault.kind}: {fault.said}")
        return OK
    from .backends import registry
    from .run import score, worker
    from .specs.where import load as pages

    engines = [registry.load(id) for id in backends or ("refgrad", "torch:cpu")]
    cases = score.cases(pages(), programs, seed, [worker.describe(engine) for engine in engines])
    fates = []
    for engine in engines:
        bed = score.Bed.made(engine, cases, chosen)
        for fault in chosen:
            fate = bed.fate(fault)
            fates.append(fate)
            click.echo(f"{bed.id:<10} {fault.name:<45} {score.told(fate).strip('*')}")
    killed, able = score.score(fates)
    click.echo(f"{killed} of {able} faults are found: {100 * killed / max(able, 1):.1f} %")
    if file is not None:
        file.write_text(score.table(fates), encoding="utf-8")
    return OK if killed >= ENOUGH * able else DEPARTS
