"""Tensors share memory with other libraries, and answer what torch's answer about where their numbers lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import refgrad


def test_numpy_takes_a_tensor_by_dlpack_and_shares_its_memory() -> None:
    x = refgrad.zeros(2)
    x.add_(1)

    shared = np.from_dlpack(x)
    x[0] = 5.0

    assert shared.tolist() == [5.0, 1.0]


def test_a_tensor_is_made_of_what_speaks_dlpack_and_shares_its_memory() -> None:
    array = np.arange(3.0)

    x = refgrad.from_dlpack(array)
    array[0] = 7.0

    assert x.tolist() == [7.0, 1.0, 2.0]


def test_capsules_pass_from_one_to_the_other() -> None:
    x = refgrad.arange(3)

    assert refgrad.utils.dlpack.from_dlpack(refgrad.to_dlpack(x)).tolist() == [0, 1, 2]
    assert x.__dlpack_device__() == (1, 0)


def test_a_tensor_that_requires_grad_is_not_shared_by_dlpack() -> None:
    with pytest.raises(BufferError, match="Can't export tensors that require gradient"):
        np.from_dlpack(refgrad.ones(1, requires_grad=True))


def test_torch_and_refgrad_share_memory_by_dlpack() -> None:
    torch = pytest.importorskip("torch", reason="torch is the one that shares")
    x = refgrad.zeros(2)

    torch.from_dlpack(x)[0] = 5

    assert x.tolist() == [5.0, 0.0]
    assert refgrad.from_dlpack(torch.arange(3)).tolist() == [0, 1, 2]


SHOWN: dict[str, Callable[[Any], Any]] = {
    "bytes": lambda e: (e.zeros(2, 3).itemsize, e.zeros(2, 3).nbytes, e.zeros(2, dtype=e.int16).itemsize),
    "layout": lambda e: (repr(e.zeros(1).layout), e.zeros(1).is_sparse, e.zeros(1).is_cuda, e.zeros(1).is_cpu),
    "device": lambda e: (e.zeros(1).get_device(), e.zeros(1).ndimension(), e.zeros(1).is_pinned()),
    "signed": lambda e: (e.zeros(1).is_signed(), e.zeros(1, dtype=e.uint8).is_signed()),
    "sizes": lambda e: (e.zeros(2).is_same_size(e.ones(2)), e.is_same_size(e.zeros(2), e.zeros(1))),
    "set to": lambda e: [x.is_set_to(y) for x in [e.zeros(2, 2)] for y in (x.view(4), x.view(2, 2), x.t())],
    "storage": lambda e: [x.untyped_storage().data_ptr() - x[1:].untyped_storage().data_ptr() for x in [e.zeros(3)]],
    "storage bytes": lambda e: (e.zeros(3)[1:].untyped_storage().nbytes(), len(e.zeros(3).untyped_storage())),
    "buffer": lambda e: e.frombuffer(bytearray(b"\1\2\3\4"), dtype=e.uint8, offset=1, count=2).tolist(),
    "numpy's functions": lambda e: np.negative(e.ones(2)).tolist(),
    "contains": lambda e: (1.0 in e.ones(2), e.tensor(3.0) in e.ones(2)),
    "contains no text": lambda e: "a" in e.ones(2),
    "reversed": lambda e: [list(reversed(e.arange(3))), reversed(e.tensor(1.0))],
    "written by &": lambda e: written(e, "__iand__"),
    "written by |": lambda e: written(e, "__ior__"),
    "written by ^": lambda e: written(e, "__ixor__"),
}


def written(engine: Any, operator: str) -> tuple[list[bool], bool, int]:
    mask = engine.tensor([True, True, False, False])
    got = getattr(mask, operator)(engine.tensor([True, False, True, False]))
    return mask.tolist(), got is mask, mask._version


@pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning")  # torch's takes no context
@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN)
def test_tensors_answer_as_torchs(show: Callable[[Any], Any]) -> None:
    torch = pytest.importorskip("torch", reason="torch is the one that is asked, too")
    told = []
    for engine in (refgrad, torch):
        try:
            told.append(repr(show(engine)))
        except RuntimeError as error:
            told.append(str(error).replace("refgrad.tensor", "torch"))
    assert told[0] == told[1]


def test_the_old_storage_is_there_with_torchs_warning() -> None:
    refgrad.set_warn_always(True)
    try:
        with pytest.warns(UserWarning, match="TypedStorage is deprecated"):
            assert len(refgrad.zeros(3).storage()) == 3
    finally:
        refgrad.set_warn_always(False)
