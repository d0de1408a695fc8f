"""Methods that turn or reshape a tensor in place: t_, transpose_, squeeze_, unsqueeze_.

No number moves: the same memory is read with other strides. In the graph, the tensor stands behind a
new node, as after any in-place write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .ops import shape
from .tensor import Tensor, refresh, storage, wrap
from .views import check_inplace


def _in_place(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        check_inplace(self, records=self.requires_grad)
        before = wrap(self._a)
        before._rg, before._fn, before._nr = self._rg, self._fn, self._nr
        after = function(before, *args, **kwargs)
        self._a = after._a
        storage(self).version += 1
        if self._view is not None:
            refresh(self)  # its base is as it was; what it shows of it is not
        elif after._fn is not None:
            self._fn, self._nr = after._fn, after._nr
        return self

    method.__name__ = method.__qualname__ = function.__name__ + "_"
    method.__doc__ = f"In-place version of `{function.__name__}`."
    return method


for _function in (shape.t, shape.transpose, shape.swapaxes, shape.swapdims, shape.squeeze, shape.unsqueeze):
    setattr(Tensor, _function.__name__ + "_", _in_place(_function))
