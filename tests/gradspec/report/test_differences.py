"""The table of differences says what the lists beside the adapters say, page by page."""

from __future__ import annotations

from pathlib import Path

import made_up

from gradspec.report.differences import tables
from gradspec.specs import contents
from gradspec.specs.where import load, pages

ABS = made_up.spec("kinks/abs-at-zero", claim="The gradient of `abs` at 0 is 0 | or not")
CONJ = made_up.spec("complex/conj-is-lazy", claim="Lazy")
OTHER = made_up.spec("kinks/nobody-differs")


def test_a_row_stands_for_each_page_and_engine_that_differ() -> None:
    lines = list(tables([ABS, CONJ, OTHER], {"kinks": "The answers.", "complex": ""}, ["refgrad", "jax:cpu"]))
    kinks = lines.index("## kinks")
    assert lines[kinks + 2] == "The answers."
    assert lines[kinks + 6].startswith(
        r"| [The gradient of `abs` at 0 is 0 \| or not](../specs/kinks/abs-at-zero.md) | jax | gives 1 at 0 and at -0 |"
    )
    assert lines[kinks + 7 : kinks + 9] == ["", "## complex"]  # and no row for the page that nobody differs from
    assert "| refgrad |" in lines[-1]


def test_the_published_table_is_up_to_date() -> None:
    published = Path(pages()).parent / "docs" / "differences.md"
    text = "\n".join(tables(load(), contents.order(pages()), ("refgrad", "torch:cpu", "jax:cpu"))) + "\n"
    assert published.read_text(encoding="utf-8") == text, "write it anew: gradspec specs differences --write"
