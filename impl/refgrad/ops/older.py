"""Factorisations under the names and with the results that they had before torch.linalg: `svd`, `qr`, `lu`."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from .. import dtypes
from ..op import method
from ..tensor import wrap
from .factor import qr as _qr
from .linalg import _turned
from .spectrum import svd as _svd
from .spectrum import svdvals as _svdvals
from .unchecked import lu_factor_ex as _lu_factor_ex

Svd = namedtuple("svd", ("U", "S", "V"))  # noqa: PYI024 - torch.return_types' names, here and below
Qr = namedtuple("qr", ("Q", "R"))  # noqa: PYI024


@method
def svd(input: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """(U, S, V) with U diag(S) V^H = input: V itself, where linalg.svd has its adjoint; with `some` no null space."""
    if not compute_uv:
        rows, columns = input.shape[-2:]
        empty = [wrap(np.zeros((*input.shape[:-2], n, n), dtypes.numpy_of(input))) for n in (rows, columns)]
        return Svd(empty[0], _svdvals(input), empty[1])
    u, s, vh = _svd(input, full_matrices=not some)
    return Svd(u, s, _turned(vh))


@method
def qr(input: Any, some: bool = True) -> Any:
    """(Q, R): with `some` Q has no more columns than input, else it is square."""
    return Qr(*_qr(input, "reduced" if some else "complete"))


@method
def lu(input: Any, pivot: bool = True, get_infos: bool = False) -> Any:
    """(LU, pivots) as `linalg.lu_factor`, and with `get_infos` what failed."""
    packed, pivots, info = _lu_factor_ex(input, pivot=pivot)
    return (packed, pivots, info) if get_infos else (packed, pivots)
