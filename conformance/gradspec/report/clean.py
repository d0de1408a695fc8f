"""Make an engine's words safe to show: what cannot be printed becomes something that can be read.

An engine may answer with colour codes, control characters, half a surrogate pair or marks that
turn the reading direction round. `clean` writes them out, so that the text is legal in UTF-8, XML,
JSON and HTML alike; each format then escapes only its own syntax.
"""

from __future__ import annotations

import re
import unicodedata

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]")
_KEPT = frozenset("\n\t")
_HIDDEN = frozenset({"Cc", "Cs", "Cn", "Co"})
"""Unicode categories with nothing to see: controls, lone surrogates, unassigned, private."""
_TURNS = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF)))
"""The marks that reorder or hide text: what is read would not be what is there."""


def clean(text: str) -> str:
    r"""`text` without colour codes; other unprintable characters as their escape: "\\x07", "\\ud800".

    Newlines and tabs stay; "\r\n" and a lone "\r" become a newline.
    """
    text = _ANSI.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(c) for c in text)


def _visible(c: str) -> str:
    if c in _KEPT or c.isprintable():
        return c
    if c in _TURNS or unicodedata.category(c) in _HIDDEN:
        code = ord(c)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return c
