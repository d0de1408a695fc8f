"""Tensors that share, copy, count or remember what they should not: leaves, detach, NumPy, writes, views, modes."""

from __future__ import annotations

from unittest.mock import patch

import refgrad
from refgrad import dispatch, modes, views, write
from refgrad.modes import state
from refgrad.node import OpNode
from refgrad.rare import View
from refgrad.storage import Storage
from refgrad.tensor import Tensor, storage, wrap

from .base import Miniature, around, kernel

# Leaves


class LetsIntegersRequireGrad(Miniature):
    """An integer tensor may require grad."""

    caught_by = "leaf/only-floats-may-require-grad"

    def requires_grad_(self, requires_grad=True):
        self._rg = requires_grad
        return self

    fault = patch.object(Tensor, "requires_grad_", requires_grad_)


class FreezesWhatWasComputed(Miniature):
    """requires_grad_(False) on a tensor that is no leaf silently does nothing."""

    caught_by = "leaf/computed-tensor-cannot-be-frozen"

    def requires_grad_(right, self, requires_grad=True):
        return self if self.grad_fn is not None else right(self, requires_grad)

    fault = around(Tensor, "requires_grad_", requires_grad_)


class ReadsTheFirstOfMany(Miniature):
    """item() of a tensor with many elements is the first of them."""

    caught_by = "leaf/item-takes-one-element"
    fault = patch.object(Tensor, "item", lambda self: self._a.flat[0].item())


class CopiesShareTheirGrad(Miniature):
    """A deep copy has the very `.grad` of what it was copied from."""

    caught_by = "leaf/deepcopy-is-for-leaves"

    def copied(right, self, memo):
        twin = right(self, memo)
        twin._grad = self._grad
        return twin

    fault = around(Tensor, "__deepcopy__", copied)


# Detached twins


class DetachCopies(Miniature):
    """detach() gives memory of its own."""

    caught_by = "detach/shares-memory-without-history"
    fault = kernel(refgrad.detach, lambda x: x.copy())


class DetachKeepsTheGraph(Miniature):
    """Gradients flow through detach() as through a view."""

    caught_by = "detach/stops-the-gradient"
    fault = around(refgrad.Tensor, "detach", lambda detach, x: x.view_as(x))


class DetachStartsAFreshVersion(Miniature):
    """Writes to a detached twin are not noticed by the graph that saved the same memory."""

    caught_by = "detach/writes-to-the-alias-are-noticed"

    def link_view(right, op, source, results):
        right(op, source, results)
        if op is refgrad.detach.op:
            results[0]._store = None

    fault = around(dispatch, "link_view", link_view)


class DataSharesItsVersion(Miniature):
    """A write through `.data` counts as a write to the tensor."""

    caught_by = "detach/writes-through-data-are-not-noticed"

    def data(self):
        twin = wrap(self._a)
        twin._store = storage(self)
        return twin

    fault = patch.object(Tensor, "data", property(data))


class DetachTakesTheGradAlong(Miniature):
    """A detached twin has the `.grad` of its tensor."""

    caught_by = "detach/grad-stays-behind"

    def detach(self):
        twin = refgrad.detach(self)
        twin._grad = self._grad
        return twin

    fault = patch.object(Tensor, "detach", detach)


# NumPy


class NumpyCopies(Miniature):
    """numpy() gives a copy."""

    caught_by = "numpy/numpy-shares-the-memory"
    fault = around(Tensor, "numpy", lambda right, self, **force: right(self, **force).copy())


class FromNumpyCopies(Miniature):
    """from_numpy() copies the array."""

    caught_by = "numpy/from-numpy-shares-the-memory"
    fault = around(refgrad, "from_numpy", lambda right, array: right(array.copy()))


class HandsOutRecordedArrays(Miniature):
    """numpy() of a tensor that requires grad gives its memory, behind the back of the graph."""

    caught_by = "numpy/recorded-tensors-refuse-numpy"
    fault = patch.object(Tensor, "numpy", lambda self, *, force=False: self._a)


# Writes and views


class CountsNoWrites(Miniature):
    """The version counter stands still."""

    caught_by = "in-place/writes-raise-the-version"
    fault = patch.object(Storage, "version", property(lambda self: 0, lambda self, value: None))


class TrustsWhatItSaved(Miniature):
    """backward uses saved tensors that were written since."""

    caught_by = "in-place/saved-values-must-not-change"

    def value(right, self, source, item, version, taped):
        store = getattr(item, "store", None) or getattr(item, "_store", None)
        return right(self, source, item, version if store is None else store.version, taped)

    fault = around(OpNode, "_value", value)


class ViewsCountForThemselves(Miniature):
    """A view has a version of its own, so that a write through it is not noticed by what saved its base."""

    caught_by = "views/share-the-version-of-their-base"

    def link_view(right, op, source, results):
        right(op, source, results)
        for result in results:
            result._store = Storage() if op.kind is not None else result._store

    fault = around(dispatch, "link_view", link_view)


class ViewsKeepTheirOldHistory(Miniature):
    """A view that was taken before its base was written has the gradient that it had before."""

    caught_by = "views/follow-writes-to-their-base"
    fault = patch.object(View, "regenerate", staticmethod(lambda t, view: None))


class BasesForgetWritesThroughViews(Miniature):
    """A write through a view leaves the base's history as it was."""

    caught_by = "views/writes-reach-the-base"

    def rebase(x, node):
        x._fn, x._nr, x._rg, x._view = node, 0, True, None

    fault = patch.object(write, "rebase", rebase)


class OverwrittenElementsKeepTheirGradient(Miniature):
    """What was written over with a constant still gets a gradient."""

    caught_by = "views/overwritten-elements-get-no-gradient"

    def let_through(right, self, grads, *rest):
        first, *others = right(self, grads, *rest)
        return (grads[0], *others)

    fault = around(views.CopySlices, "apply", let_through)


class LetsLeavesBeWritten(Miniature):
    """A leaf that requires grad may be written in place while gradients are recorded."""

    caught_by = "training/update-under-no-grad"
    fault = patch.object(write, "check_inplace", lambda x, records: None)


# Modes


class NoGradOutlivesAnError(Miniature):
    """no_grad stays in force when an error leaves its block."""

    caught_by = "modes/no-grad-ends-with-an-error"

    def leave_block(self, kind, error, traceback):
        if kind is None:
            self.leave(self._old.pop())

    fault = patch.object(modes.Mode, "__exit__", leave_block)


class NoGradIsFinal(Miniature):
    """enable_grad does nothing inside no_grad."""

    caught_by = "modes/enable-grad-records-inside-no-grad"
    fault = patch.object(modes.enable_grad, "enter", lambda self: state.grad)


class GeneratorsLeakTheirMode(Miniature):
    """A decorated generator holds its mode in force while its caller runs."""

    caught_by = "modes/generators-hold-their-mode-only-while-they-run"

    def _in_generator(mode, function):
        def inside(*args, **kwargs):
            with mode.clone():
                yield from function(*args, **kwargs)

        return inside

    fault = patch.object(modes, "_in_generator", _in_generator)
