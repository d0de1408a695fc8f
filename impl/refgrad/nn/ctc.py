"""Connectionist temporal classification: how likely is a text, whatever its letters' lengths? (Graves et al. 2006)

A path gives every moment a letter or the blank. The text of a path is what is left when repeats are merged and
blanks dropped; the loss is minus the logarithm of the sum over all paths of one text.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ops.choose import _where
from ..ops.clamp import clamp_min
from ..ops.join import cat, stack
from ..ops.reduce import logsumexp, mean, sum
from ..ops.scatter import gather
from ..ops.shape import reshape, unsqueeze
from ..ops.split import select
from ..tensor import Tensor, wrap

NEVER = -1e30
"""The logarithm of what cannot be: finite, so that its derivative is 0 and not NaN."""


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """Minus the log likelihood of each target.

    log_probs       (time, batch, class), or without a batch
    targets         (batch, longest), or all of them in one row
    reduction       "mean" divides each loss by its target's length first
    """
    single = len(log_probs.shape) == 2
    logs: Any = unsqueeze(log_probs, 1) if single else log_probs
    steps, batch, classes = logs.shape
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    moments, lengths = (_lengths(given, batch) for given in (input_lengths, target_lengths))
    if moments.max(initial=0) > steps:
        raise RuntimeError(
            f"Expected input_lengths to have value at most {steps}, but got value {moments.max()} (while checking "
            "arguments for ctc_loss)"
        )
    labels = _padded_labels(targets._a, lengths, batch)
    text = np.full((batch, 2 * labels.shape[1] + 1), blank)  # a blank before, between and after all letters
    text[:, 1::2] = labels
    places = np.arange(text.shape[1])
    used = places < 2 * lengths[:, None] + 1
    skips = (places >= 2) & (text != blank)
    skips[:, 2:] &= text[:, 2:] != text[:, :-2]

    said = gather(logs, 2, wrap(np.broadcast_to(text, (steps, *text.shape))))  # (time, batch, place)
    row = _where(wrap(used & (places < 2)), select(said, 0, 0), NEVER) if steps else None
    rows = [row]
    for t in range(1, steps):
        stay, step = row, _moved(row, 1)
        skip = _where(wrap(skips), _moved(row, 2), NEVER)
        best = logsumexp(stack([stay, step, skip]), 0) + select(said, 0, t)
        row = _where(wrap(used), clamp_min(best, NEVER), NEVER)
        rows.append(row)
    ends = gather(stack(rows), 0, wrap(np.broadcast_to((moments - 1)[None, :, None], (1, *text.shape))))
    last = np.stack([2 * lengths, np.maximum(2 * lengths - 1, 0)], 1)
    final = gather(select(ends, 0, 0), 1, wrap(last))
    final = _where(wrap(np.stack([lengths >= 0, lengths > 0], 1)), final, NEVER)
    loss = -logsumexp(final, 1)
    impossible = wrap(loss._a > -NEVER / 2)
    loss = _where(impossible, 0.0 if zero_infinity else np.inf, loss)
    if reduction == "mean":
        return mean(loss / wrap(np.maximum(lengths, 1).astype(loss._a.dtype)))
    if reduction == "sum":
        return sum(loss)
    return reshape(loss, ()) if single else loss


def _lengths(given: Any, batch: int) -> np.ndarray:
    array = np.asarray(given._a if isinstance(given, Tensor) else given, np.int64).reshape(-1)
    if array.size != batch:
        raise RuntimeError("input_lengths and target_lengths must be of size batch_size")
    return array


def _padded_labels(targets: np.ndarray, lengths: np.ndarray, batch: int) -> np.ndarray:
    """A row of labels for each sample."""
    if targets.ndim == 2:
        return targets[:, : lengths.max(initial=0)]
    made = np.zeros((batch, lengths.max(initial=0)), np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    for row, start, length in zip(made, starts, lengths, strict=False):
        row[:length] = targets[start : start + length]
    return made


def _moved(row: Any, by: int) -> Any:
    """What stood `by` places before."""
    nothing = wrap(np.full((row.shape[0], min(by, row.shape[1])), NEVER, row._a.dtype))
    return cat([nothing, row[:, : max(row.shape[1] - by, 0)]], 1)
