"""Why some ops take longer than torch's: the reasons that DECISIONS.md gives, by the name of the op.

A reason is an item of its section "Slower than torch", which begins `**the reason** (`op`, `op`, ...).` and goes on as
it likes. So what is decided is written once, and the table of speeds cannot name another reason, nor miss one unseen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

DECISIONS = Path(__file__).parents[1] / "DECISIONS.md"
SECTION = "## Slower than torch"
ITEM = re.compile(r"^- \*\*(?P<reason>[^*]+)\*\* \((?P<ops>`[^)]*`)\)\.", re.MULTILINE)


Why = Mapping[str, str]
"""The reason of each op that has one."""


def reasons(text: str | None = None) -> Why:
    """The reason of every op that has one. Raises ValueError for an op that is named twice."""
    text = DECISIONS.read_text(encoding="utf-8") if text is None else text
    section = text.partition(f"\n{SECTION}\n")[2].partition("\n## ")[0]
    found: dict[str, str] = {}
    for item in ITEM.finditer(section):
        for op in re.findall(r"`([^`]+)`", item["ops"]):
            if op in found:
                raise ValueError(f"DECISIONS.md: {op} is slow for two reasons, {found[op]!r} and {item['reason']!r}.")
            found[op] = item["reason"]
    return found
