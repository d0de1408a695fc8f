"""Run gradspec under pytest: one test for each spec and backend, and random programs.

It is loaded wherever gradspec is installed, so it stays out of the way: until a test of
`gradspec.suite` is collected it adds three options under long names and imports no engine. The
short names (`--backend`, `--programs`) are there when the suite is asked for by name. An Engine is
what such a test is given.
"""

from __future__ import annotations

import contextlib
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .backends.protocol import Backend
    from .judge.known import Known

DEFAULT = ("refgrad", "torch:cpu", "jax:cpu")
"""The backends of a run that names none; those whose engine is not installed are left out."""

PROGRAMS = 50
"""How many random programs each backend answers, unless `--programs` says otherwise."""

LEVELS = {
    "must": "documented",
    "should": "in the source or in the texts of errors",
    "observed": "seen, and documented nowhere",
    "legacy": "of the old interface",
}
"""The mark of each spec, for `pytest -m must`, and what it means."""


@dataclass(frozen=True, eq=False)
class Engine:
    """One engine under test: the id it goes by ("torch:cpu"), its backend, and what it is known to do otherwise."""

    id: str
    backend: Backend
    known: Known


_ASKED_FOR = re.compile(r"\bgradspec[./\\]suite\b")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options under names that no other plugin has."""
    group = parser.getgroup("gradspec", "gradspec: conformance of autograd engines")
    group.addoption("--gradspec-backend", action="append", metavar="BACKEND", help=_BACKEND)
    group.addoption("--gradspec-programs", type=int, default=PROGRAMS, metavar="N", help=_PROGRAMS)
    group.addoption(
        "--gradspec-seed", type=int, default=0, metavar="SEED", help="seed of the random programs (default: 0)"
    )


_BACKEND = 'engine and device under test: "refgrad", "torch:cuda", "my_pkg.adapter:Engine"; may be repeated'
_PROGRAMS = f"random programs for each backend (default: {PROGRAMS})"


def add_short_options(parser: pytest.Parser) -> None:
    """Add `--backend` and `--programs`, for a command line that runs the suite."""
    group = parser.getgroup("gradspec")
    group.addoption("--backend", action="append", dest="gradspec_backend", metavar="BACKEND", help=_BACKEND)
    group.addoption("--programs", type=int, default=PROGRAMS, dest="gradspec_programs", metavar="N", help=_PROGRAMS)


def pytest_load_initial_conftests(parser: pytest.Parser, args: list[str]) -> None:
    """`pytest --pyargs gradspec.suite` asks for the suite by name. Projects have options called --backend too."""
    if any(_ASKED_FOR.search(arg) for arg in args):
        add_short_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a backend that cannot be loaded at once, in one line; and make the levels of specs known to `-m`."""
    from .errors import GradspecError

    for level, meaning in LEVELS.items():
        config.addinivalue_line("markers", f"{level}: a spec of gradspec: {meaning}")
    if config.option.gradspec_programs < 1:
        raise pytest.UsageError(
            f"--programs {config.option.gradspec_programs}: nothing would be run. Ask for at least 1."
        )
    for id in config.option.gradspec_backend or ():
        try:
            load(id)
        except GradspecError as error:
            raise pytest.UsageError(str(error)) from None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the tests of gradspec.suite their specs and engines."""
    if not metafunc.function.__module__.startswith("gradspec.suite."):
        return
    from .errors import GradspecError

    try:
        if "spec" in metafunc.fixturenames:
            _specs(metafunc)
        elif "engine" in metafunc.fixturenames:
            found = engines(metafunc.config)
            metafunc.parametrize("engine", found, ids=[engine.id for engine in found])
    except GradspecError as error:
        raise pytest.Collector.CollectError(str(error)) from None


def _specs(metafunc: pytest.Metafunc) -> None:
    from .specs import where

    found = engines(metafunc.config)
    pairs = [
        pytest.param(spec, engine, id=f"{spec.id}-{engine.id}", marks=getattr(pytest.mark, spec.level))
        for spec in where.load()
        for engine in found
    ]
    metafunc.parametrize(("spec", "engine"), pairs)


def engines(config: pytest.Config) -> list[Engine]:
    """The engines that the command line names, or those of DEFAULT that are installed."""
    from .errors import EngineMissing

    named = config.option.gradspec_backend
    if named:
        return [load(id) for id in named]
    found = []
    for id in DEFAULT:
        with contextlib.suppress(EngineMissing):  # DEFAULT means whatever is here
            found.append(load(id))
    return found


@functools.cache
def load(id: str) -> Engine:
    """The engine called `id`, made once a process: it keeps what it compiled."""
    from .backends import registry
    from .judge import known

    backend = registry.load(id)
    return Engine(registry.identity(backend), backend, known.load(id, backend.versions()))
