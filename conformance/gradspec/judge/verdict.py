"""The closed set of words that gradspec says about a case, and what each one means for a run."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """One word for what one backend did with one spec or one program."""

    AGREES = "agrees"
    DOCUMENTED = "documented"  # differs as an entry of the backend's known divergences says
    UNSPECIFIED = "unspecified"  # differs at a point where nobody promises anything (`# => ?`, a kink)
    ILL_CONDITIONED = "ill-conditioned"  # the rounding error of the program itself drowns the question
    UNSUPPORTED = "unsupported"  # the backend says that it lacks what the case needs
    WRONG_VALUE = "wrong-value"
    WRONG_GRADIENT = "wrong-gradient"
    WRONG_SHAPE = "wrong-shape"
    WRONG_DTYPE = "wrong-dtype"
    WRONG_ERROR = "wrong-error"  # raised and should not have, did not and should have, or said something else
    CRASH = "crash"  # the worker process died
    HANG = "hang"  # the worker did not answer within its limit
    OUT_OF_MEMORY = "out-of-memory"
    HARNESS_ERROR = "harness-error"  # our own bug: it fails the run loudly

    @property
    def departs(self) -> bool:
        """Is this a departure of the engine: something that fails the run?"""
        return self in DEPARTURES


DEPARTURES = frozenset({
    Verdict.WRONG_VALUE, Verdict.WRONG_GRADIENT, Verdict.WRONG_SHAPE, Verdict.WRONG_DTYPE,
    Verdict.WRONG_ERROR, Verdict.CRASH, Verdict.HANG, Verdict.OUT_OF_MEMORY,
})  # fmt: skip

CHECKED = frozenset(Verdict) - {Verdict.UNSUPPORTED, Verdict.HARNESS_ERROR}
"""The verdicts that count in a denominator: the case really ran."""


class Judgement(msgspec.Struct, frozen=True, omit_defaults=True):
    """A verdict with its reasons: what the judge says of one backend's outcome on one case."""

    verdict: Verdict
    where: str = ""
    """The place of the departure: "accumulates.md:14", "grad of x1", "step 3 (tanh)"."""
    said: str = ""
    """One sentence for a person: what was expected and what came."""
    margin: float | None = None
    """Observed distance over the distance allowed: 0 is exact, 1 the limit. Reported for passes too."""
    known: str = ""
    """The id of the known-divergence entry that explains it, for `documented`."""
    signature: str = ""
    """Under which duplicates gather: op, mode, dtype, layout, value class, aspect."""
