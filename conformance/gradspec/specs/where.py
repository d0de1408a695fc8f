"""Find the pages: in the checkout that this file lies in, in the installed package, or in a folder you name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from ..errors import GradspecError, UnknownName
from .model import LEVELS, Spec
from .read import read


def pages(folder: Path | str | None = None) -> Path:
    """The folder of the pages; raises GradspecError where there is none."""
    if folder is not None:
        if not Path(folder).is_dir():
            raise GradspecError(f"no folder {str(folder)!r} with pages. Name one that holds <chapter>/<behaviour>.md.")
        return Path(folder)
    here = Path(__file__).resolve()
    checkout, installed = here.parents[3] / "specs", here.parents[1] / "pages"
    for place in (checkout, installed):
        if place.is_dir() and (place != checkout or (here.parents[3] / "pyproject.toml").is_file()):
            return place
    raise GradspecError(f"the pages are missing: neither {checkout} nor {installed} is there. Install gradspec again.")


def ids(folder: Path | str | None = None) -> list[str]:
    """The ids of all pages, in order. A README introduces its folder and is no page."""
    root = pages(folder)
    files = (path for path in root.glob("*/**/*.md") if path.stem != "README")
    return sorted(path.relative_to(root).with_suffix("").as_posix() for path in files)


def load(selection: Iterable[str] = (), folder: Path | str | None = None) -> list[Spec]:
    """The specs that `selection` names (all, where it is empty), in order and each once.

    A name is an id, a chapter, a level, or a part of ids. Raises UnknownName where it names nothing,
    and BrokenSpec where a page that it names breaks the format.
    """
    root, known = pages(folder), ids(folder)
    wanted = [selection] if isinstance(selection, str) else list(selection)
    chosen = {id for name in wanted for id in _named(name, known, root)} if wanted else set(known)
    return [read(root / f"{id}.md", id) for id in known if id in chosen]


def select(names: Iterable[str] = (), chapters: Collection[str] = (), levels: Collection[str] = ()) -> list[Spec]:
    """The suite's specs with one of `names`, in one of `chapters`, of one of `levels`; an empty filter filters nothing.

    Raises UnknownName where a name or a chapter is none, and GradspecError where nothing is left.
    """
    known = {id.partition("/")[0] for id in ids()}
    for chapter in chapters:
        if chapter not in known:
            raise UnknownName.of("chapter", chapter, known)
    found = [
        spec
        for spec in load(names)
        if (not chapters or spec.chapter in chapters) and (not levels or spec.level in levels)
    ]
    if not found:
        raise GradspecError("no spec has this chapter and this level. `gradspec specs list` shows all of them.")
    return found


def _named(name: str, known: list[str], root: Path) -> list[str]:
    """The ids that one word of a selection stands for."""
    if name in known:
        return [name]
    if name in LEVELS:
        return [id for id in known if read(root / f"{id}.md", id).level == name]
    found = [id for id in known if id.startswith(name.rstrip("/") + "/")] or [id for id in known if name in id]
    if not found:
        raise UnknownName.of("spec", name, known, "`gradspec specs list` shows all of them.")
    return found
