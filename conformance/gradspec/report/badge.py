"""Draw badges: one for the run and one for each backend, as SVG and as the JSON that shields.io reads."""

from __future__ import annotations

import json
import re
from html import escape

from . import words
from .model import BackendRow, Report

KEPT, DEPARTS, OURS = "#1f6f8b", "#c2410c", "#8b1a6b"

_SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img"
 aria-label="{label}: {message}"><title>{label}: {message}</title>
<clipPath id="r"><rect width="{width}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#444b57"/>\
<rect x="{left}" width="{right}" height="20" fill="{color}"/></g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">\
<text x="{at_left}" y="14" textLength="{text_left}">{label}</text>\
<text x="{at_right}" y="14" textLength="{text_right}">{message}</text></g>
</svg>
"""


def badges(report: Report) -> dict[str, str]:
    """File name -> content: badge.svg and badge.json for the run, badge-torch-cpu.* for the backend torch:cpu."""
    color = OURS if report.errors else DEPARTS if report.departs else KEPT
    drawn = {"badge": ("gradspec", words.headline(report).rstrip(".").lower(), color)}
    for b in report.backends:
        drawn[f"badge-{re.sub(r'[^A-Za-z0-9.]+', '-', b.id)}"] = (b.id, _message(b), _color(b))
    files = {}
    for name, (label, message, color) in drawn.items():
        files[f"{name}.svg"] = svg(label, message, color)
        shield = {"schemaVersion": 1, "label": label, "message": message, "color": color}
        files[f"{name}.json"] = json.dumps(shield, indent=1) + "\n"
    return files


def svg(label: str, message: str, color: str) -> str:
    """A flat badge; the widths are those of Verdana, near enough, and `textLength` makes them so."""
    text_left, text_right = _width(label), _width(message)
    left, right = text_left + 12, text_right + 12
    return _SVG.format(
        label=escape(label), message=escape(message), color=color, width=left + right, left=left, right=right,
        at_left=left / 2, at_right=left + right / 2, text_left=text_left, text_right=text_right,
    )  # fmt: skip


def _width(text: str) -> int:
    return round(sum(4.0 if c in "ijl.,:;'|!() " else 9.5 if c in "mwMW@%" else 6.8 for c in text))


def _message(b: BackendRow) -> str:
    if b.specs.checked:
        return f"{b.specs.kept} of {b.specs.checked} promises kept"
    return f"departs on {b.programs.departs} of {b.programs.checked} programs" if b.programs.checked else "not checked"


def _color(b: BackendRow) -> str:
    if b.specs.errors + b.programs.errors or not b.specs.checked + b.programs.checked:
        return OURS
    return DEPARTS if b.specs.departs + b.programs.departs else KEPT
