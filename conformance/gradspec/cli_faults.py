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
@click.option(
    "--seed", "seeds", type=click.IntRange(0), multiple=True, default=(0,), show_default=True,
    help="Of the programs; may be repeated, and what a page finds is not sought again.",
)  # fmt: skip
@click.option("--drawn", type=click.IntRange(0), default=0, metavar="N", help="So many more, drawn at random.")
@click.option("--drawn-seed", type=click.IntRange(0), default=0, metavar="S", help="Which ones are drawn.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="So many processes.")
@click.option(
    "--resume", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write each fate here as it comes, and believe those that are here already.",
)  # fmt: skip
@click.option("--list", "only_list", is_flag=True, help="Name the faults, and plant none.")
@click.option("--write", "file", type=click.Path(path_type=Path), metavar="FILE", help="The table, as Markdown.")
def faults(
    backends: tuple[str, ...],
    names: tuple[str, ...],
    programs: int,
    seeds: tuple[int, ...],
    drawn: int,
    drawn_seed: int,
    workers: int,
    resume: Path | None,
    only_list: bool,
    file: Path | None,
) -> int:
    """Plant faults in engines, one at a time: how many does a run find? Exits 1 below 98 % of those not drawn."""
    from . import catalogue
    from .faults.drawn import drawn as draw
    from .faults.model import load

    known = load() | {fault.name: fault for fault in draw(list(catalogue.ops().values()), drawn, drawn_seed)}
    chosen = [fault for name, fault in known.items() if not names or any(part in name for part in names)]
    if not chosen:
        raise UnknownName.of("fault", names[0], known, "`gradspec faults --list` shows all of them.")
    if only_list:
        for fault in chosen:
            after = f" ({fault.after})" if fault.after else ""
            click.echo(f"{fault.name:<45} {fault.kind}: {fault.said}{after}")
        return OK
    from .backends import registry
    from .run import tally
    from .run.fates import Hunt, Ledger
    from .specs.where import load as pages

    engines = [registry.load(id) for id in backends or ("refgrad", "torch:cpu")]
    hunt, fates = Hunt(chosen, engines, pages(), programs, seeds, workers), []
    for fate in hunt.fates(Ledger.open(resume)):
        fates.append(fate)
        click.echo(f"{fate.backend:<10} seed {fate.seed} {fate.fault.name:<45} {tally.told(fate).strip('*')}")
    places = {name: place for place, name in enumerate(known)}
    fates.sort(key=lambda fate: places[fate.fault.name])
    killed, able = tally.score([fate for fate in fates if fate.fault.origin != "drawn"])
    click.echo(f"{killed} of {able} faults are found: {tally.share(killed, able)}")
    if file is not None:
        file.write_text(tally.table(fates, tally.First.read()), encoding="utf-8")
    return OK if killed >= ENOUGH * able else DEPARTS
