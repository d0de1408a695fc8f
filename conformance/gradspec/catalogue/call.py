"""Turn an op's template into a function to call or into a line of source to print.

A template is the call in an engine's own words, with a slot per tensor and per setting:
``torch.sum({0}, dim={dim}, keepdim={keepdim})``. Execution and printing use the same text, so what
a reproducer shows is what was run.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

SLOT = re.compile(r"\{(\w+)\}")


def line(template: str, arguments: Sequence[str], settings: Mapping[str, Any]) -> str:
    """The call as source text: `arguments` are names or expressions, settings are printed as literals."""
    return SLOT.sub(lambda m: arguments[int(m[1])] if m[1].isdigit() else repr(settings[m[1]]), template)


@functools.cache
def function(template: str, *scope: str, defines: str = "") -> Callable[..., Any]:
    """The call as a function of (the names in `scope`, then the tensors), with settings by keyword.

    ``function("torch.sum({0}, dim={dim})", "torch")(torch, x, dim=0)``. The template, and the source that
    `defines` what it names, come from the catalogue, never from a run file: compiling them runs nobody else's text.
    """
    slots = dict.fromkeys(SLOT.findall(template))
    tensors = [f"x{n}" for n in range(sum(s.isdigit() for s in slots))]
    settings = [s for s in slots if not s.isdigit()]
    keywords = ", ".join(["*", *settings, "**_unused"]) if settings else "**_unused"
    body = SLOT.sub(lambda m: f"x{m[1]}" if m[1].isdigit() else m[1], template)
    if not defines:
        return eval(f"lambda {', '.join([*scope, *tensors, keywords])}: {body}", {})  # type: ignore[no-any-return] # noqa: S307 - see above

    @functools.cache
    def made(*owners: Any) -> Callable[..., Any]:
        names = dict(zip(scope, owners, strict=True))
        exec(defines, names)  # noqa: S102 - likewise
        return eval(f"lambda {', '.join([*tensors, keywords])}: {body}", names)  # type: ignore[no-any-return] # noqa: S307

    return lambda *args, **given: made(*args[: len(scope)])(*args[len(scope) :], **given)
