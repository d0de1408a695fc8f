from __future__ import annotations

from pathlib import Path

import pytest

from doubles.toy import page
from gradspec.errors import BrokenSpec, GradspecError, UnknownName
from gradspec.specs import where


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    observed = '\n```toml\nlevel = "observed"\n```\n'
    for id, text in {
        "backward/accumulates": page("1  # => 1"),
        "backward/frees": page("1  # => ?", more=observed),
        "kinks/backward-of-abs": page("1  # => 1"),
        "README": "Not a page",
        "kinks/README": "Not a page either",
    }.items():
        (tmp_path / id).parent.mkdir(exist_ok=True)
        (tmp_path / f"{id}.md").write_text(text)
    return tmp_path


def loaded(folder: Path, *selection: str) -> list[str]:
    return [spec.id for spec in where.load(selection, folder)]


def test_ids_are_paths_in_order_and_a_readme_is_no_page(folder: Path) -> None:
    assert where.ids(folder) == ["backward/accumulates", "backward/frees", "kinks/backward-of-abs"]


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        ((), ["backward/accumulates", "backward/frees", "kinks/backward-of-abs"]),
        (("backward/frees",), ["backward/frees"]),
        (("backward",), ["backward/accumulates", "backward/frees"]),
        (("backward/",), ["backward/accumulates", "backward/frees"]),
        (("observed",), ["backward/frees"]),
        (("of-abs",), ["kinks/backward-of-abs"]),
        (("kinks", "accum", "backward/accumulates"), ["backward/accumulates", "kinks/backward-of-abs"]),
    ],
)
def test_a_selection_is_by_id_chapter_level_or_part(
    folder: Path, selection: tuple[str, ...], chosen: list[str]
) -> None:
    assert loaded(folder, *selection) == chosen


def test_one_word_is_a_selection_too(folder: Path) -> None:
    assert [spec.id for spec in where.load("backward/frees", folder)] == ["backward/frees"]


def test_an_unknown_id_names_the_nearest(folder: Path) -> None:
    with pytest.raises(
        UnknownName, match=r"unknown spec 'backward/acumulates'\. Did you mean 'backward/accumulates'\?"
    ):
        loaded(folder, "backward/acumulates")


def test_a_broken_page_does_not_hurt_a_selection_without_it(folder: Path) -> None:
    (folder / "kinks" / "broken.md").write_text("nothing")
    assert loaded(folder, "backward/frees") == ["backward/frees"]
    with pytest.raises(BrokenSpec, match=r"kinks/broken\.md:1"):
        loaded(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GradspecError, match="no folder"):
        where.pages(tmp_path / "nowhere")


def test_without_a_folder_the_checkouts_pages_are_found() -> None:
    assert where.pages() == Path(__file__).parents[3] / "specs"


def test_installed_pages_are_found_beside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "lib" / "python" / "site-packages" / "gradspec"
    (installed / "pages").mkdir(parents=True)
    monkeypatch.setattr(where, "__file__", str(installed / "specs" / "where.py"))
    assert where.pages() == installed / "pages"


def test_missing_pages_are_said_to_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(where, "__file__", str(tmp_path / "a" / "b" / "gradspec" / "specs" / "where.py"))
    with pytest.raises(GradspecError, match="the pages are missing"):
        where.pages()
