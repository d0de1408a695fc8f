"""Shards together are the whole, and share nothing."""

from __future__ import annotations

import pytest

from gradspec.errors import GradspecError
from gradspec.run.campaign import shard
from gradspec.run.records import Selection

WHOLE = Selection(("refgrad",), programs=10, seed=3)
SPECS = list("abcdefg")


@pytest.mark.parametrize("parts", [1, 3, 4])
def test_shards_together_are_the_whole(parts):
    shards = [shard(f"{part}/{parts}", WHOLE, SPECS) for part in range(1, parts + 1)]

    assert sorted(spec for _, specs in shards for spec in specs) == SPECS
    assert sum(selection.programs for selection, _ in shards) == 10
    assert len({selection.seed for selection, _ in shards}) == parts


def test_shards_of_two_seeds_have_no_seed_in_common():
    seeds = [
        shard(f"{part}/4", Selection(("refgrad",), seed=seed), [])[0].seed for seed in range(3) for part in range(1, 5)
    ]

    assert len(set(seeds)) == 12


@pytest.mark.parametrize("text", ["", "4", "0/4", "5/4", "1/0", "-1/4", "a/b"])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(GradspecError, match=r"no shard .* 1/4 to 4/4"):
        shard(text, WHOLE, SPECS)
