"""Anomaly mode: say which forward call made the node that failed in backward, and stop at the first NaN.

While it is on, every node remembers where it was recorded (`remember`), and the engine runs nodes
under `watched`, which warns with that place and raises where a node turns numbers into NaN.
"""

from __future__ import annotations

import os
import traceback
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import hook_order
from . import node as nodes
from .graph import Node
from .modes import state
from .tensor import Tensor

HERE = os.path.dirname(__file__)
"""Frames of refgrad itself say nothing about the user's program."""


def remember(node: Node) -> None:
    """Note where in the user's program `node` is being recorded, and inside the backward of which node, if of any."""
    record = node._record()
    frames = [frame for frame in traceback.extract_stack() if not frame.filename.startswith(HERE)]
    record.forward_trace = "".join(traceback.format_list(frames))
    record.parent = state.running


def watched(node: Node, grads: list[Any], keep: bool, taped: bool) -> Sequence[Any]:
    """`node.apply`, but an error is preceded by a warning that says where the node came from, and NaN is an error."""
    outer, state.running = state.running, node
    try:
        results = node.apply(grads, keep, taped)
        if state.anomaly_nan:
            _refuse_nan(node, results)
    except Exception:
        warnings.warn(_origin(node), UserWarning, stacklevel=2)
        raise
    finally:
        state.running = outer
    return results


def _refuse_nan(node: Node, results: Sequence[Any]) -> None:
    for i, (g, target) in enumerate(zip(results, node._edges()[0], strict=True)):
        array = g._a if isinstance(g, Tensor) else g
        if array is not None and target is not None and np.isnan(array).any():
            raise RuntimeError(f"Function '{node._name()}' returned nan values in its {i}th output.")


def _origin(node: Node) -> str:
    """Where `node` was recorded, and where the node was whose backward recorded it, and so on."""
    text = f"Error detected in {node._name()}. "
    opening = "Traceback of forward call that caused the error:\n"
    current: Node | None = node
    while current is not None:
        record = current._rare
        if record is None or not record.forward_trace:
            return (
                text
                + "No forward pass information available. Enable detect anomaly during forward pass for more "
                + "information."
            )
        text += opening + record.forward_trace
        current = record.parent
        opening = f"\n\nPrevious calculation was induced by {current._name()}. " if current is not None else ""
        opening += "Traceback of forward call that induced the previous calculation:\n"
    return text


class set_detect_anomaly:
    """Turn anomaly mode on or off at once; as a `with` block, until its end."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = state.anomaly, state.anomaly_nan
        state.anomaly, state.anomaly_nan = mode, check_nan

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        state.anomaly, state.anomaly_nan = self._before


class detect_anomaly:
    """Anomaly mode for the length of a `with` block. Making one warns that it is slow."""

    def __init__(self, check_nan: bool = True) -> None:
        self._before = state.anomaly, state.anomaly_nan
        self.check_nan = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        state.anomaly, state.anomaly_nan = True, self.check_nan

    def __exit__(self, *_: object) -> None:
        state.anomaly, state.anomaly_nan = self._before


def is_anomaly_enabled() -> bool:
    """Is anomaly mode on?"""
    return state.anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Does anomaly mode look for NaN?"""
    return state.anomaly_nan


nodes.trace_hook = remember
hook_order.watched_hook = watched

__all__ = ["detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "set_detect_anomaly"]
