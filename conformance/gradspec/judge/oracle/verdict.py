"""Hold answers against the truth: how many units in the last place each is away, and who is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...outcome import Answers, Array
from ..shadow import Place, at
from ..tolerance import distances, real
from . import Certificate, Truth


@dataclass(frozen=True)
class Departure:
    """How far one answer is from the truth, in `ulps` of the tensor's largest number, and at which flat index."""

    ulps: float
    element: int
    least: float
    """The distance itself, less the truth's own radius: so far it is at least."""
    most: float
    """And plus that radius: farther it cannot be."""


def verdict(certificate: Certificate, answers: Mapping[str, Answers]) -> dict[str, dict[Place, Departure]]:
    """By backend and place, the distance from the truth; nothing where an engine gave no such tensor."""
    return {
        id: {
            place: departure(array, truth)
            for place, truth in certificate.truths.items()
            if (array := at(answer, place)) is not None and array.shape == truth.value.shape
        }
        for id, answer in answers.items()
    }


def departure(array: Array, truth: Truth) -> Departure:
    """The worst of the elements that are certified and lie on no kink."""
    asked = np.isfinite(truth.value) & ~truth.kink
    apart = np.where(asked, distances(real(array), [truth.value]), 0.0).reshape(-1)
    if not apart.size:
        return Departure(0.0, 0, 0.0, 0.0)
    worst = int(np.argmax(apart))
    distance, radius = float(apart[worst]), float(np.max(truth.radius, initial=0.0, where=asked))
    return Departure(distance / truth.ulp if distance else 0.0, worst, max(0.0, distance - radius), distance + radius)


def wrong(departure: Departure, allowed: float) -> bool | None:
    """Is it farther than `allowed`? None: the truth is not known finely enough to say."""
    if departure.least > allowed:
        return True
    return False if departure.most <= allowed else None
