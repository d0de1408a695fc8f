"""Judge what engines did with a program that is wrong on purpose: each must refuse, and say what torch says.

An engine that promises torch's messages is held to the class and the words that torch documents; beside
torch itself, to torch's whole text. Any refusal of another engine will do.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..outcome import Answers, Raised
from ..programs.model import Program
from ..programs.wrong import MISTAKES
from .verdict import Judgement, Verdict

LACKS = ("Unsupported", "NotImplementedError")
"""The classes by which an engine says that it has no such thing."""


def judge(program: Program, answers: Mapping[str, Answers], torch_messages: Mapping[str, bool]) -> dict[str, Judgement]:
    """A verdict for each backend: agrees where it refused in the right words, wrong-error where not."""
    torch = next((id for id in answers if id.partition(":")[0] == "torch"), "")
    measure = _first(answers[torch])[1] if torch else None
    return {
        id: _one(program, answer, torch_messages.get(id, False), None if id == torch else measure)
        for id, answer in answers.items()
    }


def _one(program: Program, answers: Answers, words: bool, measure: Raised | None) -> Judgement:
    """The verdict on one backend; `measure` is what torch itself raised."""
    mistake = MISTAKES[program.wrong]
    index, raised = _first(answers)
    where = "the program" if index < 0 else f"question {index} ({program.questions[index].mode})"
    promised = f"{mistake.error}: {mistake.says}"
    if answers.missing:
        return Judgement(Verdict.UNSUPPORTED, said=f"lacks {', '.join(answers.missing)}")
    if raised is None:
        where = f"question 0 ({program.questions[0].mode})" if mistake.late else "the program"
        return _wrong(program, where, f"{program.wrong}: answered; must be refused: {promised}")
    if any(name in raised.types for name in LACKS):
        return Judgement(Verdict.UNSUPPORTED, where, f"raised {raised}")
    if words and (mistake.error not in raised.types or mistake.says not in raised.message):
        return _wrong(program, where, f"{program.wrong}: raised {raised}; must be {promised}")
    if words and measure is not None and _text(raised) != _text(measure):
        return _wrong(program, where, f"{program.wrong}: raised {raised}; torch: {measure}")
    return Judgement(Verdict.AGREES, said="refused, as it must be")


def _first(answers: Answers) -> tuple[int, Raised | None]:
    """The first error, and the question it answers (-1: the program itself)."""
    index = min(answers.refused, default=-1)
    return index, answers.refused.get(index)


def _text(raised: Raised) -> tuple[str, str]:
    """What is compared: the class and the first line."""
    return raised.types[0], raised.message.strip().partition("\n")[0]


def _wrong(program: Program, where: str, said: str) -> Judgement:
    return Judgement(Verdict.WRONG_ERROR, where, said, signature=f"{program.wrong}, wrong-error")
