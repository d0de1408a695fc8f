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

    return method


for _name in ("t", "transpose", "swapaxes", "swapdims", "squeeze", "unsqueeze"):
    _method = _in_place(getattr(shape, _name))
    _method.__name__ = _method.__qualname__ = f"{_name}_"
    _method.__doc__ = f"In-place version of `{_name}`."
    setattr(Tensor, _method.__name__, _method)
