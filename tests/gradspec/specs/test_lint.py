from __future__ import annotations

from pathlib import Path

import pytest

from doubles.toy import page
from gradspec.specs.lint import LONGEST_CLAIM, is_a_sentence, lint

GOOD = page("2 + 2  # => 4")


def problems(tmp_path: Path, **pages: str) -> list[str]:
    """Lint pages of the chapter `sums`, by file name."""
    (tmp_path / "sums").mkdir()
    for name, text in pages.items():
        (tmp_path / "sums" / f"{name.replace('_', '-')}.md").write_text(text)
    return lint(tmp_path)


def test_a_good_page_has_no_problem(tmp_path: Path) -> None:
    assert problems(tmp_path, four=GOOD) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (page("2 + 2"), "sums/four.md:6: this check promises nothing"),
        (page("2 + 2  # => ?"), "sums/four.md:6: this check cannot fail: it only observes"),
        (
            page("2 + 2  # => 4", claim="A " + "very " * 30 + "long claim"),
            "sums/four.md:1: the claim has 162 characters",
        ),
        (page("2 + 2  # => 4", claim="two and two make four"), "sums/four.md:1: the claim is no sentence"),
        (page("2 + 2  # => 4", more='\n```toml\ninventory = ["a", "a"]\n```\n'), "'a' is named twice"),
        ("# Two and two make four\n\n```python\n2\n```\n", "sums/four.md:5: no source"),
        (page("2 + laef  # => 4"), "sums/four.md:6: unknown name 'laef'"),
    ],
)
def test_each_rule_has_its_line(tmp_path: Path, text: str, problem: str) -> None:
    (found,) = problems(tmp_path, four=text)
    assert problem in found
    assert "\n" not in found


def test_a_claim_may_be_as_long_as_the_limit(tmp_path: Path) -> None:
    assert problems(tmp_path, four=page("4  # => 4", claim="A be " + "c" * (LONGEST_CLAIM - 5))) == []


def test_a_page_that_is_marked_observed_may_only_observe(tmp_path: Path) -> None:
    assert problems(tmp_path, four=page("2 + 2  # => ?", more='\n```toml\nlevel = "observed"\n```\n')) == []


def test_an_id_inside_another_is_found_whatever_its_case(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, four=GOOD, Four_of_them=page("4  # => 4", claim="There are four of them"))
    assert found.startswith("sums/Four-of-them.md:1: the id contains the id 'sums/four'")


def test_two_pages_may_not_claim_the_same(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, four=GOOD, twice_two=GOOD)
    assert found == "sums/twice-two.md:1: claims the same as sums/four.md. Merge them, or say what differs."


def test_every_broken_page_is_told_in_order(tmp_path: Path) -> None:
    found = problems(tmp_path, a="nothing", b=GOOD, c="nothing")
    assert [line.split(":")[0] for line in found] == ["sums/a.md", "sums/c.md"]


@pytest.mark.parametrize(
    "claim", ["`x.grad` is None at first", "1-D tensors print as a row", "`detach()` cuts the graph"]
)
def test_a_sentence_may_begin_with_code_or_a_number(claim: str) -> None:
    assert is_a_sentence(claim)


@pytest.mark.parametrize(
    "claim", ["Gradients", "Backward accumulates", "a sentence begins with a capital", "It adds up."]
)
def test_no_sentences(claim: str) -> None:
    assert not is_a_sentence(claim)
