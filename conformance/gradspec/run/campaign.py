"""Cut a run into shards that any number of machines run apart; `gradspec merge` joins them again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from ..errors import GradspecError
from ..specs.model import Spec
from .records import Selection


def shard(text: str, selection: Selection, specs: Sequence[Spec]) -> tuple[Selection, list[Spec]]:
    """The part of a run that `text` names: "2/8" is the second of eight.

    The shards share out the specs, and the programs as evenly as they go; each draws its programs from
    a seed of its own, which no other shard of the same campaign has, nor any of another seed cut as often.
    """
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    part, parts = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= part <= parts:
        raise GradspecError(f"no shard {text!r}. Write which of how many: 1/4 to 4/4.")
    programs = selection.programs // parts + (part <= selection.programs % parts)
    seed = selection.seed * parts + part - 1
    return replace(selection, programs=programs, seed=seed), list(specs[part - 1 :: parts])
