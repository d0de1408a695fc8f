"""Read a page of specs/ into a Spec.

A page is a claim (`# A sentence`), prose that says why anyone cares, fenced checks in Python, a
`Sources:` paragraph and, where something is exceptional, a fenced `toml` block. A Fence is such a
block with the line it starts on. A promise is the comment at the end of a statement:

    # => [2., 4.]                    the value, as a literal
    # => ?                           observed and compared between engines, promised by nobody
    # raises RuntimeError: text      this error, whose message holds the text; `...` is anything
    # warns UserWarning: text        this warning
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from ..backends.protocol import CAPABILITIES
from ..errors import BrokenSpec
from . import literal
from .model import LEVELS, Check, Spec, Step
from .needs import needs
from .scope import ALLOWED, forbidden_imports, unknown_names

SETTINGS = ("inventory", "level", "needs", "since", "seconds")
"""What a page's toml fence may say."""

_PROMISE = re.compile(
    r"#\s*(?:=>\s*(?P<value>.+)|(?P<verb>raises|warns)\s+(?P<kind>(?:\w+\.)*[A-Z]\w*)(?::\s*(?P<text>.*))?)$"
)
_LIKE_A_PROMISE = re.compile(r"#\s*(=>|raises\b|warns\b)")


@dataclass(frozen=True)
class Fence:
    """One fenced block: its language, the page's line of its first inner line, and its text."""

    language: str
    line: int
    text: str


def read(path: Path, id: str) -> Spec:
    """The page at `path`; raises BrokenSpec, in one line with its place, where it breaks the format."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenSpec(f"{id}.md: cannot be read ({error}). Is it a text file in UTF-8?") from None
    return parse(text, id)


def parse(text: str, id: str) -> Spec:
    """The Spec that the page `text` describes; raises BrokenSpec where it breaks the format."""
    prose, fences = _split(text, id)
    claim, *paragraphs = re.split(r"\n\s*\n", prose.strip())
    if not claim.startswith("# ") or "\n" in claim:
        _broken(id, 1, "a page opens with its claim, alone on its line. Write `# A sentence that can be false`")
    settings = _settings([fence for fence in fences if fence.language == "toml"], id)
    said = frozenset(settings["needs"]) if "needs" in settings else None
    checks = tuple(_check(fence, id, said) for fence in fences if fence.language == "python")
    if not checks:
        _broken(id, 1, "no check. Add a ```python fence")
    sources = [p[len("Sources:") :] for p in paragraphs if p.startswith("Sources:")]
    if not any(s.strip() for s in sources):
        _broken(id, len(text.splitlines()), "no source. End with a paragraph `Sources: where this is documented`")
    return Spec(
        id=id,
        claim=claim[2:].strip(),
        why="\n\n".join(p for p in paragraphs if not p.startswith("Sources:")),
        checks=checks,
        sources=tuple(" ".join(s.split()) for s in ";".join(sources).split(";") if s.strip()),
        inventory=tuple(settings.get("inventory", ())),
        level=settings.get("level", "must"),
        since=settings.get("since", ""),
        seconds=float(settings.get("seconds", 0.0)),
        text=text,
    )


def _split(text: str, id: str) -> tuple[str, list[Fence]]:
    """The page's prose, and its fenced blocks."""
    prose: list[str] = []
    fences: list[Fence] = []
    inside: list[str] | None = None
    language, opened = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("```"):
            (prose if inside is None else inside).append(line)
        elif inside is None:
            language, opened, inside = line[3:].strip(), number, []
            prose.append("")  # a fence ends the paragraph before it
        else:
            fences.append(Fence(language, opened + 1, "\n".join(inside)))
            inside = None
    if inside is not None:
        _broken(id, opened, "this fence is never closed. Add ```")
    return "\n".join(prose), fences


def _settings(fences: list[Fence], id: str) -> dict[str, Any]:
    """What the page's toml fences say, checked key by key."""
    settings: dict[str, Any] = {}
    for fence in fences:
        try:
            settings |= tomllib.loads(fence.text)
        except tomllib.TOMLDecodeError as error:
            _broken(id, fence.line, f"not TOML: {error}")
    line = fences[0].line if fences else 1
    for key, value in settings.items():
        if key not in SETTINGS:
            _broken(id, line, f"unknown key {key!r}. Known: {', '.join(SETTINGS)}")
        if not _TYPES[key](value):
            _broken(id, line, f"{key} = {value!r} is not what this key takes. Write for instance {_EXAMPLES[key]}")
    if settings.get("level", "must") not in LEVELS:
        _broken(id, line, f"unknown level {settings['level']!r}. Known: {', '.join(LEVELS)}")
    for name in settings.get("needs", ()):
        if name not in CAPABILITIES:
            _broken(id, line, f"unknown capability {name!r}. Known: {', '.join(CAPABILITIES)}")
    return settings


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "inventory": _strings,
    "needs": _strings,
    "level": lambda value: isinstance(value, str),
    "since": lambda value: isinstance(value, str),
    "seconds": lambda value: type(value) in (int, float) and value > 0,
}
_EXAMPLES = {
    "inventory": 'inventory = ["accum-twice"]',
    "needs": 'needs = ["tape"]',
    "level": 'level = "should"',
    "since": 'since = "torch 2.11"',
    "seconds": "seconds = 30",
}


def _check(fence: Fence, id: str, needed: frozenset[str] | None) -> Check:
    """The Check in `fence`; what it needs is inferred, unless the page says it (`needed`)."""
    before = fence.line - 1  # the page's lines before the fence's text
    try:
        tree = ast.parse(fence.text)
    except SyntaxError as error:
        _broken(id, before + (error.lineno or 1), f"this check is not Python: {error.msg}")
    for line, name in unknown_names(tree):
        _broken(id, before + line, f"unknown name {name!r}. A check knows torch, np, math and what it defines itself")
    for line, module in forbidden_imports(tree):
        _broken(id, before + line, f"a check may not import {module!r}. Allowed: torch, {', '.join(sorted(ALLOWED))}")
    promises = _promises(fence, id)
    steps = []
    for node, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        line, source = _text(node, fence.text)
        shares_its_line = following is not None and following.lineno == node.end_lineno
        places = [] if shares_its_line else [at for at in _places(node) if at in promises]
        if len(places) > 1:
            _broken(id, before + places[1], "two promises for one statement. Split it")
        promised = promises.pop(places[0]) if places else None
        step = _step(before + line, source, promised, id)
        if step.promise == "value" and shown_expression(node) is None:
            _broken(id, step.line, "this statement has no value to promise. End it with an expression")
        steps.append(step)
    for line in promises:
        _broken(
            id, before + line, "a promise stands at the end of a statement of the check, or on the line that opens it"
        )
    return Check(fence.line, tuple(steps), needs(tree) if needed is None else needed | {"ops"})


def _promises(fence: Fence, id: str) -> dict[int, re.Match[str]]:
    """The promises in the comments of a check, by their line in it."""
    found = {}
    for token in tokenize.generate_tokens(io.StringIO(fence.text).readline):
        if token.type == tokenize.COMMENT and _LIKE_A_PROMISE.match(token.string):
            promise = _PROMISE.match(token.string)
            if promise is None:
                _broken(id, fence.line - 1 + token.start[0], f"{token.string!r} reads like a promise and is none. "
                        "Write `# => value`, `# raises Error: text` or `# warns Warning: text`")  # fmt: skip
            found[token.start[0]] = promise
    return found


def _places(node: ast.stmt) -> list[int]:
    """The lines on which a statement's promise may stand: its last, and the lines that open a block."""
    opening = range(node.lineno, node.body[0].lineno) if hasattr(node, "body") else range(0)
    return sorted({*opening, node.end_lineno or node.lineno})


def _text(node: ast.stmt, text: str) -> tuple[int, str]:
    """The first line of a statement, decorators included, and its source without the promise."""
    decorators = getattr(node, "decorator_list", [])
    if not decorators:
        return node.lineno, ast.get_source_segment(text, node) or ""
    first = decorators[0].lineno
    return first, "\n".join(text.splitlines()[first - 1 : node.end_lineno])


def _step(line: int, source: str, promised: re.Match[str] | None, id: str) -> Step:
    if promised is None:
        return Step(line, source)
    if promised["verb"]:
        text = (promised["text"] or "").strip()
        return Step(line, source, "raises" if promised["verb"] == "raises" else "warns", text, promised["kind"])
    if promised["value"].strip() == "?":
        return Step(line, source, "observe")
    try:
        literal.read(promised["value"])
    except BrokenSpec as error:
        _broken(id, line, str(error).rstrip("."))
    return Step(line, source, "value", promised["value"].strip())


def shown_expression(node: ast.stmt) -> ast.expr | None:
    """The expression whose value a statement shows: itself, what it assigns, or the end of its `with` block."""
    match node:
        case ast.Expr(value=value) | ast.Assign(value=value):
            return value
        case ast.With(body=[*_, last]):
            return shown_expression(last)
        case _:
            return None


def _broken(id: str, line: int, what: str) -> NoReturn:
    raise BrokenSpec(f"{id}.md:{line}: {what}.")
