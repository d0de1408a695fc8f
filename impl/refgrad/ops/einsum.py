"""Sums of products in Einstein's notation: "ij,jk->ik".

Two operands are contracted at a time; the gradient of a contraction is a contraction of the same kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..op import MULTILINEAR, op
from .broadcast import expand
from .complex import conj
from .diagonal import _diagonal
from .permute import permute
from .reduce import sum
from .shape import reshape


@op(kind=MULTILINEAR, method=False, node="EinsumBackward0")
def _contract(x, y, left="", right="", result=""):
    """np.einsum of two operands whose dimensions are named by letters."""
    return np.einsum(f"{left},{right}->{result}", x, y, optimize=x.size + y.size > WORTH_PLANNING)


WORTH_PLANNING = 4096
"""From how many elements on a contraction is brought into the form of a matrix product, which takes time to find."""


_contract.grads(
    x=lambda g, y, x_shape, left, right, result: _missing(g, conj(y), result, right, left, x_shape),
    y=lambda g, x, y_shape, left, right, result: _missing(g, conj(x), result, left, right, y_shape),
)


def _missing(g: Any, other: Any, of_g: str, of_other: str, wanted: str, shape: tuple[int, ...]) -> Any:
    """The contraction of g with the other factor; letters that only the wanted factor has are spread over."""
    have = "".join(c for c in wanted if c in of_g or c in of_other)
    out = _contract(g, other, of_g, of_other, have)
    if have != wanted:
        out = reshape(out, [n if c in have else 1 for c, n in zip(wanted, shape, strict=True)])
        out = expand(out, shape)
    return out


def einsum(equation: Any, *operands: Any) -> Any:
    """Sums of products, in letters: "ij,jk->ik"; `...` stands for dimensions that broadcast."""
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    equation = equation.replace(" ", "")
    inputs, _, result = equation.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(operands):
        more = "fewer" if len(terms) > len(operands) else "more"
        raise RuntimeError(f"einsum(): {more} operands were provided than specified in the equation")
    if "->" not in equation:
        letters = inputs.replace(",", "").replace("...", "")
        result = "..." * ("..." in inputs) + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    terms, result = _dots_named(terms, result, operands)
    sizes: dict[str, int] = {}
    for position, (x, term) in enumerate(zip(operands, terms, strict=True)):
        _note_sizes(sizes, x, term, position)
    parts = [_prepared(x, term, sizes) for x, term in zip(operands, terms, strict=True)]
    out, have = parts[0]
    for i, (x, term) in enumerate(parts[1:], 2):
        later = result + "".join(t for _, t in parts[i:])
        keep = "".join(dict.fromkeys(c for c in have + term if c in later))
        out, have = _contract(out, x, have, term, keep), keep
    gone = tuple(i for i, c in enumerate(have) if c not in result)
    if gone:
        out, have = sum(out, gone), "".join(c for c in have if c in result)
    if have == result and out is not operands[0]:
        return out
    return permute(out, [have.index(c) for c in result])


def _dots_named(terms: list[str], result: str, operands: Sequence[Any]) -> tuple[list[str], str]:
    """`...` replaced by letters of its own, aligned at the right."""
    if "..." not in "".join(terms):
        return terms, result.replace("...", "")
    free = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in "".join([*terms, result])]
    ranks = [
        len(x.shape) - len(t.replace("...", "")) if "..." in t else 0 for x, t in zip(operands, terms, strict=True)
    ]
    letters = "".join(free[: max(ranks)])
    named = [t.replace("...", letters[len(letters) - n :]) for t, n in zip(terms, ranks, strict=True)]
    return named, result.replace("...", letters)


def _note_sizes(sizes: dict[str, int], x: Any, term: str, position: int) -> None:
    """What size each letter has; a size of 1 gives way to another."""
    if len(term) != len(x.shape):
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({len(term)}) does not match the number of dimensions "
            f"({len(x.shape)}) for operand {position} and no ellipsis was given"
        )
    for letter, n in zip(term, x.shape, strict=True):
        have = sizes.setdefault(letter, n)
        if have == 1:
            sizes[letter] = n
        elif n not in (1, have):
            raise RuntimeError(
                f"einsum(): subscript {letter} has size {n} for operand {position} which does not broadcast with "
                f"previously seen size {have}"
            )


def _prepared(x: Any, term: str, sizes: dict[str, int]) -> tuple[Any, str]:
    """An operand at full size, with the diagonal taken where it names a letter twice."""
    if 1 in x.shape:
        x = expand(x, [sizes[c] for c in term])
    for letter in dict.fromkeys(c for c in term if term.count(c) > 1):
        while term.count(letter) > 1:
            first = term.index(letter)
            second = term.index(letter, first + 1)
            x = _diagonal(x, 0, first, second)
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + letter
    return x, term
