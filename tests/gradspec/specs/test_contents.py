"""The table of contents: chapters in the order of chapters.toml, pages in that of the inventory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doubles.toy import page
from gradspec.errors import BrokenSpec
from gradspec.specs import where
from gradspec.specs.contents import complaints, contents
from gradspec.specs.lint import lint


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Two chapters in the order against the alphabet, and so the pages of one of them in the inventory."""
    for id, claim, covers, level in [
        ("sums/one", "One and one make two", ["sum-last", "sum-one"], "observed"),
        ("sums/four", "Two and two make four", ["sum-zero"], "must"),
        ("powers/two", "Two times two makes four", [], "must"),
    ]:
        more = f'\n```toml\ninventory = {json.dumps(covers)}\nlevel = "{level}"\n```\n'
        file = tmp_path / f"{id}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(page("2 + 2  # => 4", claim=claim, more=more))
        (file.parent / "README.md").write_text(f"# About {file.parent.name}\n\nBecause.\n")
    entry = {"area": "sum", "statement": "s", "source": "s", "functional": "no"}
    listed = {
        "areas": {"sum": "Sums"},
        "behaviours": [{"id": id, **entry} for id in ("sum-one", "sum-zero", "sum-last")],
    }
    (tmp_path / "inventory.json").write_text(json.dumps(listed))
    (tmp_path / "chapters.toml").write_text('sums = "Adding up."\npowers = "Multiplying."\n')
    write(tmp_path)
    return tmp_path


def write(root: Path) -> None:
    (root / "README.md").write_text(contents(root, where.load(folder=root)))


def problems(root: Path) -> list[str]:
    return list(complaints(root, where.load(folder=root)))


def test_chapters_and_pages_stand_in_reading_order(book: Path) -> None:
    _, _, listed = (book / "README.md").read_text().partition("## ")
    assert (
        listed
        == """\
1. [About sums](sums/README.md)

Adding up.

- [One and one make two](sums/one.md) *observed*
- [Two and two make four](sums/four.md)

## 2. [About powers](powers/README.md)

Multiplying.

- [Two times two makes four](powers/two.md)
"""
    )
    assert problems(book) == []
    assert lint(book) == []


def test_a_folder_that_is_no_book_needs_no_contents(book: Path) -> None:
    (book / "README.md").unlink()
    (book / "chapters.toml").unlink()
    assert problems(book) == []


def test_old_contents_are_found(book: Path) -> None:
    text = (book / "sums" / "one.md").read_text()
    (book / "sums" / "one.md").write_text(text.replace("One and one", "1 and 1"))
    assert problems(book) == ["README.md: does not list the pages as they are. Run `gradspec specs index --write`."]
    assert lint(book) == problems(book)
    write(book)
    assert problems(book) == []
    (book / "README.md").unlink()
    assert len(problems(book)) == 1


def test_every_chapter_has_a_place(book: Path) -> None:
    (book / "chapters.toml").write_text('sums = "Adding up."\nroots = "Going back."\n')
    write(book)
    assert problems(book) == [
        "chapters.toml: the chapter 'powers' has no place. Add a line where it should be read.",
        "chapters.toml: no page is in the chapter 'roots'. Delete its line.",
    ]
    assert "## 2. [About powers](powers/README.md)" in (book / "README.md").read_text()  # it is listed, at the end


def test_every_chapter_has_an_introduction(book: Path) -> None:
    (book / "sums" / "README.md").unlink()
    (book / "powers" / "README.md").write_text("Powers.\n")
    write(book)
    assert problems(book) == [
        "powers/README.md:1: an introduction opens with its title. Write `# What this is about`.",
        "sums/README.md: this chapter has no introduction. Write a title and why anyone reads it.",
    ]


def test_a_broken_page_hides_what_it_would_put_out_of_order(book: Path) -> None:
    (book / "sums" / "one.md").write_text("nothing")
    (line,) = lint(book)
    assert line.startswith("sums/one.md:1:")


@pytest.mark.parametrize("text", ["sums", "sums = 1", "[sums]\nabout = 'sums'"])
def test_a_broken_order_is_one_line(book: Path, text: str) -> None:
    (book / "chapters.toml").write_text(text)
    with pytest.raises(BrokenSpec, match=r"^chapters\.toml: "):
        problems(book)
