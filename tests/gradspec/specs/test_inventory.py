"""The list of documented behaviours: what is wrong between it and the pages, and with itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from doubles.toy import page
from gradspec.errors import BrokenSpec
from gradspec.specs import inventory
from gradspec.specs.inventory import Behaviour, Inventory, complaints
from gradspec.specs.lint import lint
from gradspec.specs.model import Spec
from gradspec.specs.read import parse

ONE = Behaviour("sum-two", "sum", "Two and two make four.", "arithmetic", "core")
TWO = Behaviour("sum-none", "sum", "Nothing adds up to zero.", "arithmetic", "no")


def listed(*behaviours: Behaviour, **untestable: str) -> Inventory:
    return Inventory({"sum": "Sums"}, behaviours, {id.replace("_", "-"): why for id, why in untestable.items()})


def naming(*ids: str) -> list[Spec]:
    return [parse(page("2 + 2  # => 4", more=f"\n```toml\ninventory = {json.dumps(ids)}\n```\n"), "sums/four")]


def problems(*behaviours: Behaviour, names: Sequence[str] = (), **untestable: str) -> list[str]:
    return list(complaints(listed(*behaviours, **untestable), naming(*names)))


def test_a_behaviour_with_a_page_is_in_order() -> None:
    assert problems(ONE, names=["sum-two"]) == []


def test_behaviours_without_a_page_are_one_line() -> None:
    assert problems(ONE, TWO, names=["sum-two"]) == [
        "inventory.json: 1 documented behaviour is on no page: sum-none. Write pages, or say why they are untestable."
    ]
    many = [Behaviour(f"sum-{n}", "sum", "s", "s", "no") for n in range(5)]
    (line,) = problems(*many)
    assert line.startswith("inventory.json: 5 documented behaviours are on no page: sum-0, sum-1, sum-2, ....")


def test_a_reason_excuses_a_behaviour() -> None:
    assert problems(ONE, TWO, names=["sum-two"], sum_none="Nothing can be tested.") == []


@pytest.mark.parametrize(
    ("untestable", "problem"),
    [
        ({"sum_none": " "}, "'sum-none' is listed as untestable without a reason"),
        ({"sum_none": "hard", "sum_two": "hard"}, "'sum-two' is listed as untestable, but sums/four.md tests it"),
        ({"sum_none": "hard", "sum_three": "hard"}, "'sum-three' is listed as untestable and stands nowhere"),
    ],
)
def test_an_excuse_must_be_good(untestable: dict[str, str], problem: str) -> None:
    (line,) = problems(ONE, TWO, names=["sum-two"], **untestable)
    assert problem in line


TAPE = "torch.tensor(2.0, requires_grad=True).grad  # => None"


def spoken(check: str, **tape_only: str) -> list[str]:
    """What is wrong where the page of sum-two has this check, and these are excused."""
    spec = parse(page(check, more='\n```toml\ninventory = ["sum-two", "sum-none"]\n```\n'), "sums/four")
    excused = {id.replace("_", "-"): why for id, why in tape_only.items()}
    return list(complaints(Inventory({"sum": "Sums"}, (ONE, TWO), tape_only=excused), [spec]))


def test_what_has_a_meaning_for_pure_functions_is_said_to_them_or_excused() -> None:
    assert spoken("2 + 2  # => 4") == []
    assert spoken(TAPE, sum_two="It is about .grad.") == []
    (line,) = spoken(TAPE)
    assert line.startswith("sums/four.md:1: no check says 'sum-two' to an engine of pure functions.")


@pytest.mark.parametrize(
    ("check", "excuse", "problem"),
    [
        ("2 + 2  # => 4", {"sum_two": "hard"}, "'sum-two' is listed as tape_only, but a check needs no tape"),
        (TAPE, {"sum_two": " "}, "'sum-two' is listed as tape_only without a reason"),
        (TAPE, {"sum_two": "hard", "sum_none": "hard"}, "'sum-none' is listed as tape_only and is no `core`"),
    ],
)
def test_an_excuse_from_pure_functions_must_be_good(check: str, excuse: dict[str, str], problem: str) -> None:
    (line,) = spoken(check, **excuse)
    assert problem in line


def test_an_id_stands_once_and_in_a_known_area() -> None:
    (line,) = problems(ONE, ONE, names=["sum-two"])
    assert line == "inventory.json: 'sum-two' stands 2 times. Once is enough."
    (line,) = problems(Behaviour("sum-two", "product", "s", "s", "no"), names=["sum-two"])
    assert "'sum-two' is in an unknown area 'product'" in line


def test_the_lint_reads_the_list_beside_the_pages(tmp_path: Path) -> None:
    (tmp_path / "sums").mkdir()
    (tmp_path / "sums" / "four.md").write_text(naming("sum-tow")[0].text)
    assert lint(tmp_path) == []

    behaviours = [{"id": "sum-two", "area": "sum", "statement": "s", "source": "s", "functional": "core"}]
    (tmp_path / "inventory.json").write_text(json.dumps({"areas": {"sum": "Sums"}, "behaviours": behaviours}))
    lost, unknown = lint(tmp_path)
    assert lost.startswith("inventory.json: 1 documented behaviour is on no page: sum-two.")
    assert unknown == (
        "sums/four.md:1: unknown inventory entry 'sum-tow'. Did you mean 'sum-two'? Name one of inventory.json."
    )


@pytest.mark.parametrize("text", ["[", "[]", '{"areas": {}, "behaviours": [{"id": "a", "level": "most"}]}'])
def test_a_broken_list_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "inventory.json").write_text(text)
    with pytest.raises(BrokenSpec, match=r"^inventory\.json: cannot be read: ") as error:
        inventory.read(tmp_path)
    assert "\n" not in str(error.value)
