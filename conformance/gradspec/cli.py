"""The command line: `gradspec run`, and what one does with its outcome.

Each command parses, calls one function of the suite, and prints. Whatever can go wrong ends in one
line on standard error and an exit code of errors.py; engines and drawing are imported by the command
that needs them, so that `gradspec --help` answers at once.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from . import __version__
from .cli_faults import faults
from .cli_ops import ops
from .cli_specs import DEFAULT_BACKENDS, LEVELS, REPORT, commands
from .cli_witness import COMMANDS
from .errors import DEPARTS, HARNESS, INTERRUPTED, OK, GradspecError

if TYPE_CHECKING:
    from rich.console import Console

    from .run.journal import Run
    from .specs.model import Spec

DEFAULT_PROGRAMS = 2000

PROBED = (*DEFAULT_BACKENDS, "torch:cuda", "torch:mps", "jax:gpu")
"""The engines and devices that `gradspec backends` looks for, beside those that plug-ins register."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="gradspec")
def cli() -> None:
    """Does an autograd engine do what its documentation says, and is its derivative right?"""


for command in (commands, ops, *COMMANDS, faults):
    cli.add_command(command)


@cli.command()
@click.option("--backend", "-b", "backends", multiple=True, metavar="B", help="An engine on a device; may be repeated.")
@click.option("--spec", "specs", multiple=True, metavar="ID", help="A spec's id, or a part of it; may be repeated.")
@click.option("--chapter", "chapters", multiple=True, metavar="C", help="Specs of this chapter; may be repeated.")
@click.option("--level", "levels", multiple=True, type=LEVELS, help="Specs of this level; may be repeated.")
@click.option("--no-specs", is_flag=True, help="Programs only.")
@click.option("--programs", type=click.IntRange(0), metavar="N",
              help="How many programs.  [default: 2000; 0 where specs are selected]")  # fmt: skip
@click.option("--no-corpus", is_flag=True, help="Do not replay the known findings before the programs.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same verdicts.")
@click.option("--report", "folder", type=click.Path(path_type=Path), default=REPORT, show_default=True)
@click.option("--limit", type=click.FloatRange(0, min_open=True), default=10.0, show_default=True, metavar="SEC",
              help="Seconds per case.")  # fmt: skip
@click.option("--shard", metavar="K/N", help="The K-th of N parts of this run; `gradspec merge` joins them.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, metavar="N",
              help="So many share the work, each with engines of its own; the verdicts are the same.")  # fmt: skip
@click.option("--resume", type=click.Path(path_type=Path), metavar="FILE", help="Go on with a run that was cut.")
@click.option("--in-process", is_flag=True, help="Engines in this process, without limits: for a debugger.")
@click.option("--no-progress", is_flag=True, help="Plain lines, even on a terminal.")
def run(
    backends: tuple[str, ...],
    specs: tuple[str, ...],
    chapters: tuple[str, ...],
    levels: tuple[str, ...],
    no_specs: bool,
    programs: int | None,
    no_corpus: bool,
    seed: int,
    folder: Path,
    limit: float,
    shard: str | None,
    workers: int,
    resume: Path | None,
    in_process: bool,
    no_progress: bool,
) -> int:
    """Check backends: every spec, the known findings, then random programs.

    Without options: the reference engine and what is installed of torch and jax on the processor,
    all specs, 2000 programs. On a machine with a GPU: gradspec run -b torch:cuda -b jax:gpu -b torch:cpu
    """
    from .run import campaign, corpus, driver, journal
    from .run.progress import Bars, Lines
    from .run.records import Selection
    from .specs.where import load, select

    if in_process and workers > 1:
        raise click.UsageError("--in-process is for one worker: leave out --workers.")
    console = _console()
    watch = Bars(console) if console.is_terminal and not no_progress else Lines(console)
    if resume is not None:
        path = journal.locate(resume)
        pages = load(names) if (names := journal.read(path).header.selection.specs) else []
        done = driver.resume(path, pages, in_process=in_process, workers=workers, watch=watch)
        folder = path.parent
    else:
        narrowed = bool(specs or chapters or levels)
        pages = [] if no_specs else select(specs, chapters, levels)
        count = programs if programs is not None else 0 if narrowed else DEFAULT_PROGRAMS
        replay = () if no_corpus or not count else corpus.names()
        selection = Selection(backends or DEFAULT_BACKENDS, programs=count, seed=seed, limit=limit, replay=replay)
        if shard is not None:
            selection, pages = campaign.shard(shard, selection, pages)
        optional = () if backends else DEFAULT_BACKENDS[1:]
        done = driver.run(selection, pages, folder, optional=optional, in_process=in_process, workers=workers,
                          watch=watch)  # fmt: skip
    return _finish(done, folder, pages, console)


def _finish(done: Run, folder: Path, pages: Sequence[Spec], console: Console) -> int:
    """Write the report of a run, sum it up, and say how it went as an exit code."""
    from .judge.verdict import Verdict
    from .report.write import write
    from .run import journal, witness
    from .run.progress import summary

    if not done.complete and not done.results:
        click.echo(f"interrupted before the first verdict; resume with: {_resume(folder / journal.FILE)}", err=True)
        return INTERRUPTED
    verdicts = {result.judgement.verdict for result in done.results}
    if verdicts == {Verdict.HARNESS_ERROR}:
        click.echo(f"gradspec: every case is a harness error: {done.results[0].judgement.said}", err=True)
        return HARNESS
    witness.save(done, folder)
    seconds = done.footer.programs_seconds if done.footer else 0.0
    summary(console, write(done, folder, pages), folder, seconds)
    if not done.complete:
        click.echo(f"interrupted; resume with: {_resume(folder / journal.FILE)}", err=True)
        return INTERRUPTED
    if Verdict.HARNESS_ERROR in verdicts:
        return HARNESS
    return DEPARTS if any(verdict.departs for verdict in verdicts) else OK


def _resume(path: Path) -> str:
    return f"gradspec run --resume {path}"


@cli.command()
def backends() -> int:
    """List engines and devices: what is here, in which version, and what it can be asked."""
    from .backends.registry import OWN, registered
    from .report.clean import clean
    from .run.supervisor import Worker

    ids = [*PROBED, *sorted(set(registered()) - set(OWN))]
    workers = [Worker(id) for id in ids]
    for id, worker in zip(ids, workers, strict=True):
        try:
            info = worker.started().info
        except GradspecError as error:
            click.echo(clean(f"{id:<12} not here: {error}"))
        else:
            versions = ", ".join(f"{name} {version}" for name, version in info.versions.items())
            click.echo(clean(f"{id:<12} {versions}"))
            click.echo(clean(f"{'':<12} can: {', '.join(info.capabilities)}"))
        finally:
            worker.close()
    return OK


@cli.command()
@click.argument("backend")
def smoke(backend: str) -> int:
    """Tell a broken adapter from a wrong engine."""
    from .backends.smoke import trials
    from .report.clean import clean

    tried = trials(backend)
    for trial in tried:
        click.echo(clean(str(trial)))
    return DEPARTS if any(trial.wrong for trial in tried) else OK


@cli.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--markdown", "as_markdown", is_flag=True, help="As Markdown, for a pull request.")
def compare(old: Path, new: Path, as_markdown: bool) -> int:
    """What was fixed, broke, appeared and vanished between two runs. Exits 1 when something broke."""
    from .report.compare import compare as compared
    from .report.compare import markdown
    from .run import journal

    changes = compared(journal.read(old), journal.read(new))
    click.echo(markdown(changes) if as_markdown else str(changes))
    return DEPARTS if changes.broke else OK


@cli.command()
@click.argument("files", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", "-o", "folder", type=click.Path(path_type=Path), required=True, metavar="DIR")
def merge(files: tuple[Path, ...], folder: Path) -> int:
    """Join runs of several machines, or shards of one, into one report."""
    from .report.merge import merge as merged
    from .run import journal

    return _rewrite(merged([journal.read(file) for file in files]), folder)


@cli.command()
@click.argument("file", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--output", "-o", "folder", type=click.Path(path_type=Path), required=True, metavar="DIR")
def report(file: Path, folder: Path) -> int:
    """Write the report of a run file again, of a partial one too."""
    from .run import journal

    return _rewrite(journal.read(file), folder)


def _rewrite(run: Run, folder: Path) -> int:
    """A run, read or merged, into a report folder of its own."""
    from .report.write import write
    from .run import witness

    write(run, folder)
    witness.save(run, folder)
    click.echo(f"report: {folder / 'index.html'}")
    return OK


def _console() -> Console:
    """Standard output; 80 columns where nobody says how many."""
    from rich.console import Console

    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 80)


def call(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; the exit code, and one line on standard error where something is wrong."""
    try:
        return int(cli.main(arguments, prog_name="gradspec", standalone_mode=False) or OK)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "gradspec"
        message = " ".join(error.format_message().split())
        click.echo(f"gradspec: {message} `{path} --help` says what there is.", err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("gradspec: interrupted", err=True)
        return INTERRUPTED
    except GradspecError as error:
        click.echo(f"gradspec: {' '.join(str(error).split())}", err=True)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - our own bug, said so, with all that is needed to mend it
        traceback.print_exc()
        click.echo(f"gradspec: a bug of gradspec's own: {type(error).__name__}: {error}. Please report it with the"
                   f" lines above, the command, and what `gradspec backends` prints.", err=True)  # fmt: skip
        return HARNESS


def main() -> None:
    """The console script. A polite kill ends a run in the same orderly way as Ctrl-C."""
    signal.signal(signal.SIGTERM, _interrupt)
    sys.path.append(os.getcwd())  # an adapter may lie where the user stands; last, so that it hides no module
    sys.exit(call())


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
