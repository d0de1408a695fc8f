"""What becomes of the graph when memory changes that several tensors show.

A write through a view is a write to its base. Before and after, for `v = base[1:]` and `v.mul_(2)`:

    before   base (fn A) --> v (fn SliceBackward of A)
    after    base (fn CopySlices: A's gradient outside the window, MulBackward's inside)
             v    (fn AsStridedBackward of CopySlices, made when somebody next looks)

CopySlices is the node of a base that was written through a window. Its gradient goes two ways, which meet again at A:

    g of base --+-- inside the window --> MulBackward --> g of v as it was --+
                |                                                            +--> A
                +-- outside the window, zero inside -------------------------+

The version counter that base and views share tells every other view that its grad_fn is out of date; `regenerate`
makes it anew. Source: torch, "NOTE [ Autograd View Variables ]".
"""

from __future__ import annotations

from typing import Any

from . import dtypes, errors
from .graph import Node, number
from .modes import enable_grad, state
from .node import make_node, recipe_for
from .op import op
from .rare import View
from .tensor import Tensor, refresh, storage, wrap
from .window import Window, _pasted, _window


@op(view=True)
def detach(x):
    """The same memory and version, but no graph. Source: torch.Tensor.detach."""
    return x.view()


class CopySlices(Node):
    """What a base came from, once it was written through a view: `inner` made the window's content.

    place    which of inner's inputs was the view; here this edge leads to what the base was before
    """

    __slots__ = ("inner", "place", "window")

    def __init__(self, base: Tensor, window: Window, inner: Node, place: int) -> None:
        self.inner = inner
        self.window = window
        self.place = place
        before = base._fn or base if base._rg else None
        nexts, nrs = inner._edges()
        self._nexts = (*nexts[:place], before, *nexts[place + 1 :])
        self._nrs = (*nrs[:place], base._nr if base._rg else 0, *nrs[place + 1 :])
        self._seq = number()
        self._shape, self._dtype = base._a.shape, base._a.dtype
        self._rare = None

    def apply(self, grads: list[Any], keep: bool, taped: bool) -> tuple[Any, ...]:
        (g,) = grads
        results = list(self.inner.apply([_window(g, self.window)], keep, taped))
        inside = results[self.place]
        if self._nexts[self.place] is not None:
            results[self.place] = _pasted(g, 0.0 if inside is None else inside, self.window)
        return tuple(results)

    def _name(self) -> str:
        return "torch::autograd::CopySlices"

    def _release(self) -> None:
        self.inner._release()


def regenerate(t: Tensor, view: View) -> None:
    """Give a view whose memory was written since the grad_fn that fits, a window on its base, and tangents likewise."""
    base = view.base
    carrier = view.carrier
    outdated, view.carried = view.carried != storage(t).version, storage(t).version
    if outdated and carrier is not None and any(x._rare and x._rare.tangents for x in (carrier, t)):
        with enable_grad():
            window = Window(carrier._a, t._a)
            t._record().tangents = {n: _window(u, window) for n, u in (carrier._record().tangents or {}).items()}
    if t._fn is None and not base._rg:
        return
    if view.creation:
        if state.grad:
            raise errors.inplace_on_view(view.creation, t._nr, "" if t._fn is None else t._fn._label(), beside=True)
        return  # nobody asks for its history now; who does later is refused
    view.version = storage(t).version
    t._rg = base._rg
    if not base._rg:
        t._fn = None
        return
    node = make_node(_window.op, recipe_for(_window.op, (base,)), (base,), (Window(base._a, t._a),), (t,))
    _move_retained(t, node)
    t._fn, t._nr = node, 0


def _move_retained(t: Tensor, node: Node) -> None:
    """Let `.grad` follow the tensor to its new node; hooks stay with the value they saw.

    Source: torch notes/autograd, "Behavior of Tensor hooks when Tensor is modified in-place".
    """
    if t._rare is not None and t._rare.retains and t._fn is not None and t._fn._rare is not None:
        node._record().retains[0] = t._fn._rare.retains.pop(t._nr)


def rebase(x: Tensor, node: Node, place: int = 0) -> None:
    """Hang `x`, or the base that `x` shows, behind the node that has just written it; x was its input `place`."""
    view = x._view
    if view is None:
        _move_retained(x, node)
        x._fn, x._nr, x._rg = node, 0, True
        return
    base = view.base
    whole = CopySlices(base, Window(base._a, x._a), node, place)
    _move_retained(base, whole)
    base._fn = whole
    base._nr, base._rg = 0, True
    view.version = -1
    refresh(x)


def detach_(x: Tensor) -> Tensor:
    """Make `x` a leaf, in place. Source: torch.Tensor.detach_."""
    if x._view is not None:
        raise RuntimeError(
            "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for "
            "training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence "
            "detach_() cannot be called on these gradients. To fix this error, please refer to the "
            "Optimizer.zero_grad() function "
            "in torch/optim/optimizer.py as the solution."
        )
    x._fn, x._nr, x._rg = None, 0, False
    return x


def get_data(x: Tensor) -> Tensor:
    """`x.data`: the same memory, no graph, and a version of its own."""
    return wrap(x._a)


def set_data(x: Tensor, other: Tensor) -> None:
    """`x.data = other`: show other memory from now on; the graph does not notice."""
    if not isinstance(other, Tensor):
        raise TypeError(f"Variable data has to be a tensor, but got {type(other).__name__}")
    if dtypes.CATEGORY[other._a.dtype.kind] < dtypes.FLOATING and x._rg:
        raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
    x._a = other._a


Tensor.detach_ = detach_  # type: ignore[attr-defined]  # methods are attached where they are written
Tensor.data = property(get_data, set_data)  # type: ignore[attr-defined]
View.regenerate = staticmethod(regenerate)

__all__ = ["CopySlices", "detach", "detach_", "rebase", "regenerate"]
