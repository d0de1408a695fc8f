"""Render a page of the suite as HTML: the little Markdown that pages use, with everything escaped.

A block is a heading, a list, a quotation, a fence or a paragraph; inside it there are code spans,
links to http(s) and emphasis. `notes` hangs markup under lines of the fenced code, so that a check
can be read with what the engines showed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape

Numbered = tuple[int, str]
"""A line of the page and its number, from 1."""

_FENCE = re.compile(r"(`{3,}|~{3,})\s*([\w+-]*)")
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_ITEM = re.compile(r"\s*(?:[-*]|\d+\.)\s+(.*)")
_QUOTE = re.compile(r">\s?(.*)")
_PROMISE = re.compile(r"#\s*(?:=>|raises\b|warns\b).*$")
_SPAN = re.compile(
    r"(?P<ticks>`+)(?P<code>.+?)(?P=ticks)(?!`)"
    r"|\[(?P<words>[^\]]+)\]\((?P<to>https?://[^\s)]+)\)"
    r"|<(?P<bare>https?://[^\s>]+)>"
    r"|\*\*(?P<strong>[^*]+)\*\*"
    r"|(?<!\w)\*(?P<em>[^*\s][^*]*)\*(?!\w)",
    re.DOTALL,
)


def render(text: str, notes: Mapping[int, str] | None = None, skip_title: bool = False) -> str:
    """`text` as HTML. `notes` maps a line's number to HTML (trusted) that follows it inside a fence.

    `skip_title` leaves out a heading on the first line, for a caller that shows it itself.
    """
    lines = list(enumerate(text.split("\n"), 1))
    if skip_title and lines and _HEADING.fullmatch(lines[0][1]):
        lines = lines[1:]
    return "\n".join(_blocks(lines, notes or {}))


def inline(text: str) -> str:
    """One paragraph's text with code spans, links and emphasis."""
    out, end = [], 0
    for m in _SPAN.finditer(text):
        out.append(escape(text[end : m.start()]))
        end = m.end()
        if m["code"] is not None:
            out.append(f"<code>{escape(m['code'].strip())}</code>")
        elif m["to"] or m["bare"]:
            to = escape(m["to"] or m["bare"])
            words = inline(m["words"]) if m["words"] else to
            out.append(f'<a href="{to}" rel="noopener noreferrer">{words}</a>')
        elif m["strong"]:
            out.append(f"<strong>{inline(m['strong'])}</strong>")
        else:
            out.append(f"<em>{inline(m['em'])}</em>")
    return "".join((*out, escape(text[end:])))


def _blocks(lines: list[Numbered], notes: Mapping[int, str]) -> Iterator[str]:
    """Take a block's lines from the front of `lines` until there are none."""
    while lines:
        _, line = lines[0]
        if not line.strip():
            del lines[0]
        elif fence := _FENCE.match(line):
            yield _fence(lines, fence[1], fence[2], notes)
        elif heading := _HEADING.fullmatch(line):
            del lines[0]
            level = min(len(heading[1]) + 2, 6)  # the report's own headings stand above a page's
            yield f"<h{level}>{inline(heading[2])}</h{level}>"
        elif _QUOTE.match(line):
            quoted = [m[1] for line in _while(lines, _QUOTE) if (m := _QUOTE.match(line))]
            yield f"<blockquote>{render(chr(10).join(quoted))}</blockquote>"
        elif _ITEM.fullmatch(line):
            items = (m[1] for line in _while(lines, _ITEM) if (m := _ITEM.fullmatch(line)))
            yield f"<ul>{''.join(f'<li>{inline(item)}</li>' for item in items)}</ul>"
        else:
            yield f"<p>{inline(_paragraph(lines))}</p>"


def _while(lines: list[Numbered], pattern: re.Pattern[str]) -> list[str]:
    taken = []
    while lines and pattern.match(lines[0][1]):
        taken.append(lines.pop(0)[1])
    return taken


def _paragraph(lines: list[Numbered]) -> str:
    taken = [lines.pop(0)[1]]
    while lines and lines[0][1].strip() and not any(p.match(lines[0][1]) for p in (_FENCE, _HEADING, _QUOTE, _ITEM)):
        taken.append(lines.pop(0)[1])
    return "\n".join(taken)


def _fence(lines: list[Numbered], mark: str, language: str, notes: Mapping[int, str]) -> str:
    del lines[0]
    out = []
    while lines:
        number, line = lines.pop(0)
        if line.strip() == mark:
            break
        out.append(f"<span>{_code(line)}\n</span>{notes.get(number, '')}")
    return f'<div class="code {escape(language)}">{"".join(out)}</div>'


def _code(line: str) -> str:
    """A line of code with its promise set apart, and near: a column of them would leave a narrow page."""
    promise = _PROMISE.search(line)
    if not promise:
        return escape(line)
    return f"{escape(line[: promise.start()].rstrip())}  <i>{escape(promise[0])}</i>"
