"""A line chart as SVG: lines of (x, y) points on a logarithmic x axis, each with its name at its right end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 320, 50, 110, 30, 40
FONT = 'font-family="sans-serif" font-size="12"'
COLOURS = ("#222222", "#c0392b", "#2e6da4", "#5b8c3a", "#8e6bb0")


def chart(title: str, lines: Mapping[str, Sequence[tuple[float, float]]], x_label: str) -> str:
    """The picture; `title` says what the y axis is."""
    low, high = (pick(math.log10(x) for line in lines.values() for x, _ in line) for pick in (min, max))
    top = max(y for line in lines.values() for _, y in line) * 1.05

    def place(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - low) / (high - low)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y / top * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {FONT}>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="18">{title}</text>',
    ]
    for step in range(0, int(top) + 1, max(1, round(top / 5))):
        _, y = place(10**low, step)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{step}</text>')
    for power in range(round(low), round(high) + 1):
        x, _ = place(10**power, 0)
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{10**power:,}</text>')
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 4}">{x_label}</text>')
    for (name, line), colour in zip(lines.items(), COLOURS, strict=False):
        points = [place(x, y) for x, y in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        x, y = points[-1]
        parts.append(f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])
