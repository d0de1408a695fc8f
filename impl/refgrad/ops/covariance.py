"""How variables move together: the matrix of covariances, and that of correlation coefficients.

A row is a variable, a column an observation. Source: torch.cov, for the weights and what is refused.
"""

from __future__ import annotations

import warnings
from typing import Any

from .. import dtypes
from ..op import method
from .arithmetic import sub
from .clamp import clamp
from .complex import complex, imag, real
from .diagonal import _diagonal
from .explog import sqrt
from .linalg import _mm, _turned
from .reduce import sum
from .shape import reshape, squeeze, unsqueeze


@method
def cov(x: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """The covariances of the rows, each observation counted `fweights` times and weighed by `aweights`."""
    if len(x.shape) > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {len(x.shape)} dimensions"
        )
    if dtypes.numpy_of(x).kind == "b":
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = x if len(x.shape) == 2 else reshape(x, (1, -1))
    weights = fweights if aweights is None else aweights if fweights is None else fweights * aweights
    count = rows.shape[1] if weights is None else sum(weights)
    if weights is not None and count.item() == 0:
        raise RuntimeError("cov(): weights sum to zero, can't be normalized")
    mean = sum(rows if weights is None else rows * weights, 1) / count
    free = count - correction
    if aweights is not None and correction != 0:
        free = count - correction * sum(weights * aweights) / count
    if float(free) <= 0:
        warnings.warn("cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of "
                      "observations.", UserWarning, stacklevel=2)  # fmt: skip
        free = free * 0
    away = sub(rows, unsqueeze(mean, 1))
    return squeeze(_mm(away, _turned(away if weights is None else away * weights)) / free)


@method
def corrcoef(x: Any) -> Any:
    """The covariances over the product of the deviations: between -1 and 1 (in each part, of complex numbers)."""
    if len(x.shape) > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {len(x.shape)} "
            "dimensions"
        )
    c = cov(x)
    if not c.shape:
        return c / c
    spread = sqrt(real(_diagonal(c)))
    share = c / unsqueeze(spread, 1) / unsqueeze(spread, 0)
    if dtypes.numpy_of(c).kind != "c":
        return clamp(share, -1, 1)
    return complex(clamp(real(share), -1, 1), clamp(imag(share), -1, 1))
