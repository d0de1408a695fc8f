"""Bind the pages into a book: specs/README.md, its table of contents, in the order of specs/chapters.toml.

chapters.toml gives each chapter, in reading order, one line of what it is about; its title is the first line
of its own README, which introduces it. Within a chapter the pages follow the inventory, which goes from the
plain to the special; a page that covers none of it stands behind those that do.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from ..errors import BrokenSpec
from . import inventory
from .model import Spec

ORDER = "chapters.toml"
CONTENTS = "README.md"

OPENING = """\
# What autograd promises

<!-- Written by `gradspec specs index --write`: edit chapters.toml and the pages instead. -->

{pages} pages in {chapters} chapters. Each page claims one thing, says why anyone cares, and checks it on every
engine. A claim that nothing documents is marked *observed*, one of the old interface *legacy*.
To run a single page:

    gradspec run --spec {example}
"""


def order(root: Path) -> dict[str, str]:
    """The chapters in reading order, each with its line; empty where `root` has no chapters.toml."""
    try:
        chapters = tomllib.loads((root / ORDER).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BrokenSpec(f"{ORDER}: not TOML: {error}.") from None
    for name, line in chapters.items():
        if not isinstance(line, str):
            raise BrokenSpec(f"{ORDER}: {name} = {line!r} is no line of text. Say what the chapter is about.")
    return chapters


def contents(root: Path, specs: Sequence[Spec]) -> str:
    """The table of contents of `specs`, the pages of `root`; chapters without a place come last."""
    listed = inventory.read(root)
    place = {b.id: n for n, b in enumerate(listed.behaviours)} if listed else {}
    lines = order(root)
    names = [name for name in lines if any(spec.chapter == name for spec in specs)]
    names += [chapter for chapter, _ in groupby(specs, lambda spec: spec.chapter) if chapter not in lines]
    if not specs:
        raise BrokenSpec(f"{root}: no page, so there is nothing to list. Write <chapter>/<behaviour>.md.")
    text = [OPENING.format(pages=len(specs), chapters=len(names), example=specs[0].id)]
    for number, name in enumerate(names, 1):
        text.append(
            f"\n## {number}. [{_title(root, name)}]({name}/{CONTENTS})\n\n{lines.get(name, '')}".rstrip() + "\n\n"
        )
        pages = [spec for spec in specs if spec.chapter == name]
        pages.sort(
            key=lambda spec: (min((place[id] for id in spec.inventory if id in place), default=len(place)), spec.id)
        )
        text += [_line(spec) for spec in pages]
    return "".join(text)


def _line(spec: Spec) -> str:
    """A page by its claim: "- [Gradients add up](backward/accumulates.md)"."""
    mark = f" *{spec.level}*" if spec.level in ("observed", "legacy") else ""
    return f"- [{spec.claim}]({spec.id}.md){mark}\n"


def _title(root: Path, chapter: str) -> str:
    """The first line of a chapter's introduction; its name where it has none."""
    introduction = root / chapter / CONTENTS
    first = introduction.read_text(encoding="utf-8").partition("\n")[0] if introduction.is_file() else ""
    return first.removeprefix("# ").strip() or chapter


def complaints(root: Path, specs: Sequence[Spec]) -> Iterator[str]:
    """What is wrong with the book, where there is one: a chapter without a place, or an old table of contents."""
    lines = order(root)
    if not lines:
        return
    chapters = list(dict.fromkeys(spec.chapter for spec in specs))
    for chapter in chapters:
        if chapter not in lines:
            yield f"{ORDER}: the chapter {chapter!r} has no place. Add a line where it should be read."
        introduction = root / chapter / CONTENTS
        if not introduction.is_file():
            yield f"{chapter}/{CONTENTS}: this chapter has no introduction. Write a title and why anyone reads it."
        elif not introduction.read_text(encoding="utf-8").startswith("# "):
            yield f"{chapter}/{CONTENTS}:1: an introduction opens with its title. Write `# What this is about`."
    yield from (
        f"{ORDER}: no page is in the chapter {name!r}. Delete its line." for name in lines if name not in chapters
    )
    written = root / CONTENTS
    if not written.is_file() or written.read_text(encoding="utf-8") != contents(root, specs):
        yield f"{CONTENTS}: does not list the pages as they are. Run `gradspec specs index --write`."
