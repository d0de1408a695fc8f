"""The tour of the sources names every module that there is, and none that is gone."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "impl" / "refgrad"
TOUR = (ROOT / "docs" / "reading-refgrad.md").read_text()
NAMED = set(re.findall(r"`([\w/]+(?:\.py|/))`", TOUR)) - {"impl/refgrad/", "tests/refgrad/"}


def test_the_tour_visits_every_module() -> None:
    modules = {path.name for path in SOURCES.glob("*.py")}
    folders = {f"{path.parent.name}/" for path in SOURCES.glob("*/__init__.py")} - {"utils/"}

    assert modules | folders <= NAMED


def test_the_tour_names_no_module_that_is_gone() -> None:
    places = [SOURCES, SOURCES / "func", SOURCES / "nn"]

    assert [name for name in NAMED if not any((place / name).exists() for place in places)] == []
