"""Remember of the cases of a run only what it still needs: which are decided, and how many verdicts there were.

A Ledger grows by eight bytes a case, whatever a case is: its results are in the journal. Of a run that
is resumed it keeps the results that somebody may ask for again.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ..judge.verdict import CHECKED
from .records import Result

RAN = 1
"""The lowest bit of a decided case: did it really run on some backend?"""


class Ledger:
    """What has been decided on these backends."""

    def __init__(self, backends: Iterable[str], before: Iterable[Result] = ()) -> None:
        self.backends = tuple(backends)
        self._counts = {id: Counter[str]() for id in self.backends}
        self._decided = array("Q")
        self._before: dict[str, dict[str, Result]] = {}
        for result in before:
            self._before.setdefault(result.case, {})[result.backend] = result
        for case, results in list(self._before.items()):
            self._enter(case, results, list(results.values()))
            plain = case.startswith("program:") and not any(r.judgement.verdict.departs for r in results.values())
            if plain and self._found(case) is not None:
                del self._before[case]

    def decide(self, results: Sequence[Result]) -> None:
        """Take in the results of one case; what was decided before counts once."""
        (case,) = {result.case for result in results}
        fresh = [result for result in results if result.backend in self.open_for(case)]
        self._enter(case, {**self.before(case), **{result.backend: result for result in results}}, fresh)

    def open_for(self, case: str) -> list[str]:
        """The backends that have no verdict on `case` yet, in order."""
        if self._found(case) is not None:
            return []
        known = self.before(case)
        return [id for id in self.backends if id not in known]

    def ran(self, case: str) -> bool:
        """Did some backend really run this case, which is decided?"""
        return bool((self._found(case) or 0) & RAN)

    def before(self, case: str) -> Mapping[str, Result]:
        """The results that a run that is resumed has of a case: of a program only where one of them departs."""
        return self._before.get(case, {})

    def witnesses(self) -> list[Result]:
        """The departures that the run that is resumed has shrunk."""
        found = (result for results in self._before.values() for result in results.values())
        return [result for result in found if result.numbers and result.judgement.verdict.departs]

    def counts(self) -> dict[str, dict[str, int]]:
        """Verdicts by backend."""
        return {id: dict(sorted(count.items())) for id, count in self._counts.items()}

    def _enter(self, case: str, results: Mapping[str, Result], fresh: Sequence[Result]) -> None:
        for result in fresh:
            if result.backend in self._counts:
                self._counts[result.backend][result.judgement.verdict.value] += 1
        if self._found(case) is None and results.keys() >= set(self.backends):
            key = _key(case) | any(result.judgement.verdict in CHECKED for result in results.values())
            self._decided.insert(bisect_left(self._decided, key), key)

    def _found(self, case: str) -> int | None:
        """The key of a case, with its lowest bit, where it is decided on every backend."""
        key = _key(case)
        at = bisect_left(self._decided, key)
        found = self._decided[at] if at < len(self._decided) else None
        return found if found is not None and found | RAN == key | RAN else None


def _key(case: str) -> int:
    """63 bits of a case's name: of ten million runs of a million cases each, one may take two cases for one."""
    return int.from_bytes(hashlib.blake2b(case.encode(), digest_size=8).digest(), "little") & ~RAN
