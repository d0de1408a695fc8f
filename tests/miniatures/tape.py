"""Walks through the graph that lose, alias or repeat gradients, and graphs that are kept or freed at the wrong time."""

from __future__ import annotations

import weakref
from unittest.mock import patch

import numpy as np

import refgrad
from refgrad import backward as ways
from refgrad import calls, engine, hook_order, roots
from refgrad.engine import Walk
from refgrad.graph import Node
from refgrad.tensor import Tensor, wrap

from .base import PROGRAMS, Miniature, around


class OverwritesGrad(Miniature):
    """A second backward replaces `.grad` instead of adding to it."""

    caught_by = "backward/accumulates"

    def accumulate(leaf, g, owned, taped):
        leaf._grad = g if taped else wrap(np.array(g))

    fault = patch.object(engine, "accumulate", accumulate)


class AddsInPlaceUnderCreateGraph(Miniature):
    """With create_graph the gradient that the caller already holds is written over."""

    caught_by = "backward/adds-out-of-place-with-create-graph"

    def accumulate(leaf, g, owned, taped):
        if leaf._grad is None:
            leaf._grad = wrap(np.array(getattr(g, "_a", g)))
        else:
            leaf._grad._a += getattr(g, "_a", g)

    fault = patch.object(engine, "accumulate", accumulate)


class AddsOutOfPlace(Miniature):
    """Without create_graph every backward makes a new `.grad`, so that whoever holds the old one sees no change."""

    caught_by = "backward/adds-in-place-by-default"

    def accumulate(leaf, g, owned, taped):
        have = leaf._grad
        leaf._grad = (g if have is None else have + g) if taped else wrap(g.copy() if have is None else have._a + g)

    fault = patch.object(engine, "accumulate", accumulate)


class KeepsTheSeed(Miniature):
    """`.grad` is the very memory of the gradient that the caller passed in."""

    caught_by = "backward/gradient-argument-is-not-kept"

    fault = around(engine, "accumulate", lambda right, leaf, g, owned, taped: right(leaf, g, True, taped))


class AddsIntoWhatOthersHold(Miniature):
    """A gradient that waits is added to in place, though the same memory waits elsewhere too."""

    caught_by = PROGRAMS
    fault = around(Walk, "_added", lambda right, self, have, ours, g: right(self, have, True, g))


class ForgetsAllButTheLastUse(Miniature):
    """Of a tensor that is used twice, only one use sends a gradient back."""

    caught_by = "backward/uses-add-up"

    fault = patch.object(Walk, "_added", lambda self, have, ours, g: (g, False))


class ServesTheOldestFirst(Miniature):
    """A node runs before everything newer has added to its gradient."""

    caught_by = "backward/diamonds-meet-once"
    fault = patch.object(engine, "newest_first", lambda nodes: nodes.sort(key=lambda node: node._seq))


class StartsFromTheFirstRoot(Miniature):
    """Of several roots, backward starts from the first alone."""

    caught_by = "backward/roots-add-up"
    fault = around(Walk, "run", lambda right, self, roots, seeds: right(self, roots[:1], seeds[:1]))


class LeavesGradientsInTheirDtype(Miniature):
    """A float32 tensor that met a float64 one gets a float64 gradient."""

    caught_by = "backward/promotion-is-undone"

    def fitted(right, g, shape, dtype, node, index):
        return right(g, shape, (g._a if isinstance(g, Tensor) else g).dtype, node, index)

    fault = around(engine, "fitted", fitted)


class FillsInOnes(Miniature):
    """A root with many elements starts from ones instead of asking for a gradient."""

    caught_by = "grad/vector-root-needs-a-gradient"

    def seeds_for(right, outputs, given):
        return right(
            outputs, [refgrad.ones_like(out) if g is None else g for out, g in zip(outputs, given, strict=True)]
        )

    fault = around(roots, "seeds_for", seeds_for)


class GivesZerosForUnusedInputs(Miniature):
    """An input that the output does not depend on has a gradient of zeros instead of an error."""

    caught_by = "grad/unused-input-raises"

    def asked(right, outs, wanted, *rest):
        found = right(outs, wanted, *rest)
        return tuple(refgrad.zeros_like(t) if g is None else g for g, t in zip(found, wanted, strict=True))

    fault = around(ways, "_ask", asked)


class StoresWhatGradReturns(Miniature):
    """autograd.grad adds to `.grad` as well."""

    caught_by = "grad/leaves-dot-grad-alone"

    def walk(right, *args):
        found = right(*args)
        for (target, _), g in found.items():
            if isinstance(target, Tensor):
                target._grad = g if isinstance(g, Tensor) else wrap(g.copy())
        return found

    fault = around(engine, "walk", walk)


class IgnoresInputs(Miniature):
    """backward(inputs=...) adds to every leaf."""

    caught_by = "grad/inputs-restricts-accumulation"

    def walk(right, roots, seeds, wanted, taped, keep, store):
        return right(roots, seeds, None if store else wanted, taped, keep, store)

    fault = around(engine, "walk", walk)


class IgnoresCreateGraph(Miniature):
    """Gradients are constants even when create_graph asks for their graph."""

    caught_by = "higher/gradient-of-a-gradient"

    def walk(right, roots, seeds, wanted, taped, *rest):
        return right(roots, seeds, wanted, False, *rest)

    fault = around(engine, "walk", walk)


class AlwaysCreatesGraph(Miniature):
    """Gradients have a history that nobody asked for."""

    caught_by = "grad/result-has-no-history-by-default"

    def walk(right, roots, seeds, wanted, taped, *rest):
        return right(roots, seeds, wanted, True, *rest)

    fault = around(engine, "walk", walk)


class NeverFrees(Miniature):
    """What was saved outlives backward, so that a second one is not refused."""

    caught_by = "graph/saved-values-are-freed"

    def walk(right, roots, seeds, wanted, taped, keep, store):
        return right(roots, seeds, wanted, taped, True, store)

    fault = around(engine, "walk", walk)


class FreesWhatItShouldRetain(Miniature):
    """retain_graph=True frees the graph all the same."""

    caught_by = "graph/retaining-allows-another-pass"

    def walk(right, roots, seeds, wanted, taped, keep, store):
        return right(roots, seeds, wanted, taped, False, store)

    fault = around(engine, "walk", walk)


class FreesMoreThanItRan(Miniature):
    """backward frees the whole graph, even the part that it did not walk."""

    caught_by = "graph/only-what-ran-is-freed"

    def run_and_free(right, self, roots, seeds):
        right(self, roots, seeds)
        stack = [] if self.keep else [target for target, _ in roots]
        while stack:
            if isinstance(node := stack.pop(), Node):
                node._release()
                stack.extend(node._nexts)

    fault = around(Walk, "run", run_and_free)


class KeepsGradsOfIntermediates(Miniature):
    """A tensor that is no leaf keeps its gradient though nobody asked for it."""

    caught_by = "leaf/intermediate-gradients-are-thrown-away"

    def make_node(right, op, recipe, tensors, settings, results, *writes):
        node = right(op, recipe, tensors, settings, results, *writes)
        for nr, result in enumerate(results):
            result._record().retains = True
            node._record().retains[nr] = weakref.ref(result)
        return node

    fault = around(calls, "make_node", make_node)


class ReplacesKeptGradients(Miniature):
    """What retain_grad keeps is replaced by each backward."""

    caught_by = "leaf/kept-gradients-accumulate"

    def keep_grad(tensor, g, taped):
        tensor._grad = g if taped else wrap(g.copy())

    fault = patch.object(hook_order, "keep_grad", keep_grad)
