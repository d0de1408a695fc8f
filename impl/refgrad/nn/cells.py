"""One step of a recurrent network: RNNCell, LSTMCell, GRUCell.

Each has a weight and a bias for the input (`_ih`) and for the state (`_hh`), those of all gates stacked.
"""

from __future__ import annotations

import math
from typing import Any

from .. import create
from . import functional, init
from .module import Module
from .parameter import Parameter


class _Cell(Module):
    """What the cells have in common: parameters for `gates` gates, and states that may be left out.

    gates    how many maps of the input and of the state there are
    """

    gates = 1

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, dtype: Any = None) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = self.gates * hidden_size
        self.weight_ih = Parameter(create.empty(rows, input_size, dtype=dtype))
        self.weight_hh = Parameter(create.empty(rows, hidden_size, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(create.empty(rows, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters anew, uniform within 1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size else 0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def _none_yet(self, input: Any) -> Any:
        """The state before the first step: zeros."""
        return create.zeros(*input.shape[:-1], self.hidden_size, dtype=input.dtype)

    def _maps(self, input: Any, state: Any) -> tuple[Any, Any]:
        """What the gates get from the input and from the state."""
        if input.dim() not in (1, 2):
            raise ValueError(f"{type(self).__name__}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        return (
            functional.linear(input, self.weight_ih, self.bias_ih),
            functional.linear(state, self.weight_hh, self.bias_hh),
        )

    def extra_repr(self) -> str:
        """The sizes, and the settings that are not the usual ones."""
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(_Cell):
    """h' = tanh(W x + b + W' h + b'), or relu for tanh."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The next state."""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        mine, before = self._maps(input, self._none_yet(input) if hx is None else hx)
        return getattr(functional, self.nonlinearity)(mine + before)

    def extra_repr(self) -> str:
        """The sizes, and the settings that are not the usual ones."""
        return super().extra_repr() + ("" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity}")


class LSTMCell(_Cell):
    """c' = f c + i g and h' = o tanh(c'), with the gates i, f, o (sigmoid) and the news g (tanh)."""

    gates = 4

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The next (h, c)."""
        h, c = (self._none_yet(input), self._none_yet(input)) if hx is None else hx
        mine, before = self._maps(input, h)
        i, f, g, o = (mine + before).chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


class GRUCell(_Cell):
    """h' = n + z (h - n), with n = tanh(W x + b + r (W' h + b')) and the gates r, z (sigmoid)."""

    gates = 3

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The next state."""
        h = self._none_yet(input) if hx is None else hx
        (r, z, n), (r_before, z_before, n_before) = (part.chunk(3, -1) for part in self._maps(input, h))
        r, z = (r + r_before).sigmoid(), (z + z_before).sigmoid()
        n = (n + r * n_before).tanh()
        return n + z * (h - n)


__all__ = ["GRUCell", "LSTMCell", "RNNCell"]
