"""The suite's own pages, list and table of contents belong together."""

from __future__ import annotations

import json

import pytest

from gradspec.specs import inventory, where
from gradspec.specs.contents import contents
from gradspec.specs.inventory import Inventory
from gradspec.specs.lint import lint
from gradspec.specs.model import Spec


@pytest.fixture(scope="module")
def listed() -> Inventory:
    found = inventory.read(where.pages())
    assert found is not None
    return found


@pytest.fixture(scope="module")
def pages() -> list[Spec]:
    return where.load()


def test_every_page_keeps_the_rules_and_every_documented_behaviour_has_one() -> None:
    assert lint() == []


def test_pages_name_documented_behaviours(listed: Inventory, pages: list[Spec]) -> None:
    assert set(inventory.reached(pages)) <= {behaviour.id for behaviour in listed.behaviours}


def test_the_list_has_an_entry_a_line_so_that_changes_can_be_read(listed: Inventory) -> None:
    lines = (where.pages() / inventory.FILE).read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line.rstrip(",")) for line in lines if line.startswith('  {"id"')]
    assert [entry["id"] for entry in entries] == [behaviour.id for behaviour in listed.behaviours]
    assert len(entries) == 739


def test_every_entry_says_something_and_where_it_is_from(listed: Inventory) -> None:
    for behaviour in listed.behaviours:
        assert behaviour.statement.endswith((".", ")", '"')), behaviour
        assert behaviour.source.strip(), behaviour


def test_the_table_of_contents_links_every_page_and_every_introduction(pages: list[Spec]) -> None:
    links = contents(where.pages(), pages).count(".md)")
    assert links == len(pages) + len({spec.chapter for spec in pages})
