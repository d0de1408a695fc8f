"""Forward mode gone wrong: tangents that turn round, get lost, or live too long."""

from __future__ import annotations

import refgrad
from refgrad import dispatch
from refgrad.ops import arithmetic, reduce

from .base import PROGRAMS, Miniature, around, tangent


class SineFallsForward(Miniature):
    """The tangent of sin has the wrong sign; its gradient is right."""

    caught_by = PROGRAMS
    ops = ("sin",)
    fault = tangent(refgrad.sin, lambda dx, x: -dx * refgrad.cos(x))


class ProductForgetsItsSecondTangent(Miniature):
    """The tangent of x y is dx y, without x dy."""

    caught_by = PROGRAMS
    ops = ("mul",)
    fault = tangent(refgrad.mul, lambda dx, y: dx * y)


class QuotientMovesTheOtherWay(Miniature):
    """The tangent of x / y has + where - belongs."""

    caught_by = PROGRAMS
    ops = ("div",)
    fault = tangent(arithmetic._div, lambda dx, dy, x, y: dx / y + x / y * dy / y)


class LogsumexpTangentIsNotWeighted(Miniature):
    """The tangent of logsumexp is the plain sum of the tangents."""

    caught_by = PROGRAMS
    ops = ("logsumexp",)
    fault = tangent(reduce._logsumexp, lambda dx, dim, keepdim: refgrad.sum(dx, dim, keepdim))


class DetachCarriesTheTangent(Miniature):
    """detach() cuts the graph but lets the tangent through."""

    caught_by = "detach/removes-the-tangent"

    def carry(right, op, tensors, settings):
        out = right(op, tensors, settings)
        if op is refgrad.detach.op:
            out._record().tangents = tensors[0]._rare.tangents
        return out

    fault = around(dispatch, "forward_hook", carry)
