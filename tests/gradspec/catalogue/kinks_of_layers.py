"""Points at a kink and points beside it, of special functions, complex pairs, losses, windows and pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

RISING = np.arange(16.0).reshape(1, 1, 4, 4)
TIED = np.where(RISING == 5, 4.0, RISING)
VOLUME = np.arange(8.0).reshape(1, 1, 2, 2, 2)
ROW, EVEN = np.arange(4.0).reshape(1, 1, 4), np.array([[[1.0, 1.0, 2.0, 3.0]]])
PICTURE = np.arange(12.0).reshape(1, 1, 3, 4)
SEAM, OFF = np.zeros((1, 1, 1, 2)), np.full((1, 1, 1, 2), 0.1)
GRID = {"padding": "zeros", "corners": True}

LAYERS: dict[str, tuple[list[Any], list[Any], dict[str, Any]]] = {
    **dict.fromkeys(("i0e", "i1", "i1e", "sgn", "angle", "rrelu"), ([[0.0]], [[0.1]], {})),
    "nextafter": ([[1.0], [1.0]], [[1.0], [1.1]], {}),
    "clamp_min": ([[0.25]], [[0.3]], {}),
    "prelu": ([[0.0], [0.5]], [[0.1], [0.0]], {}),
    **dict.fromkeys(("abs.complex", "sgn.complex"), ([[0.0], [0.0]], [[0.0], [0.1]], {})),
    "angle.complex": ([[-1.0], [0.0]], [[1.0], [0.0]], {}),
    "hinge_embedding_loss": ([[1.0, 1.0]], [[0.0, 0.0]], {}),
    "margin_ranking_loss": ([[1.0, 0.5], [0.75, 0.5]], [[1.0, 0.5], [0.5, 0.5]], {}),
    "cosine_embedding_loss": ([[[1.0, 0.0]], [[0.0, 2.0]]], [[[1.0, 0.0]], [[1.0, 2.0]]], {}),
    "triplet_margin_loss": (
        [[[0.0, 0.0]], [[0.0, 1.0]], [[2.0, 0.0]]],
        [[[0.0, 0.0]], [[0.0, 1.0]], [[3.0, 0.0]]],
        {},
    ),
    **dict.fromkeys(("multi_margin_loss", "multilabel_margin_loss"), ([[[1.0, 2.0]]], [[[1.0, 2.5]]], {})),
    **dict.fromkeys(
        ("max_pool2d", "max_pool2d.overlapping", "adaptive_max_pool2d", "fractional_max_pool2d", "max_unpool2d"),
        ([TIED], [RISING], {}),
    ),
    **dict.fromkeys(("max_pool3d", "adaptive_max_pool3d"), ([VOLUME * 0], [VOLUME], {})),
    "adaptive_max_pool1d": ([EVEN], [ROW], {}),
    **dict.fromkeys(("lp_pool1d", "lp_pool2d"), ([RISING], [RISING + 1], {})),
    **dict.fromkeys(("grid_sample.bilinear", "grid_sample.bicubic"), ([PICTURE, SEAM], [PICTURE, OFF], GRID)),
    "grid_sample.nearest": ([PICTURE, SEAM], [PICTURE, OFF], GRID),
    "grid_sample.bilinear3d": (
        [PICTURE[None], np.zeros((1, 1, 1, 1, 3))],
        [np.zeros((1, 1, 3, 3, 4)), np.full((1, 1, 1, 1, 3), 0.1)],
        GRID,
    ),
}
"""op: (arguments at a kink, arguments beside it, settings)."""
