"""Tensors and NumPy arrays over the same memory."""

from __future__ import annotations

import numpy as np
import pytest

import refgrad


def test_numpy_array_of_a_tensor_is_a_copy_and_asarray_is_none() -> None:
    t = refgrad.ones(2)
    shared, copied = np.asarray(t), np.array(t)
    t[0] = 5

    assert shared.tolist() == [5.0, 1.0]
    assert copied.tolist() == [1.0, 1.0]


def test_another_dtype_cannot_be_had_without_a_copy() -> None:
    t = refgrad.ones(2)

    assert np.asarray(t, dtype=np.float64).dtype == np.float64
    with pytest.raises(ValueError, match="Unable to avoid copy"):
        np.array(t, dtype=np.float64, copy=False)


def test_numpy_has_no_bfloat16() -> None:
    pytest.importorskip("ml_dtypes", reason="refgrad's bfloat16 is made of it")
    t = refgrad.ones(1, dtype=refgrad.bfloat16)

    with pytest.raises(TypeError, match="Got unsupported ScalarType BFloat16"):
        t.numpy()


def test_a_read_only_array_is_warned_about() -> None:
    refgrad.set_warn_always(True)
    a = np.ones(1)
    a.setflags(write=False)

    with pytest.warns(UserWarning, match="The given NumPy array is not writable"):
        refgrad.from_numpy(a)


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([None])])
def test_arrays_of_no_numbers_are_refused_by_the_name_of_what_they_hold(array: np.ndarray) -> None:
    with pytest.raises(TypeError, match=f"can't convert np.ndarray of type numpy.{array.dtype.type.__name__}"):
        refgrad.from_numpy(array)


@pytest.mark.parametrize("meet", [refgrad.Tensor.numpy, np.asarray], ids=["numpy", "asarray"])
def test_memory_that_an_array_shows_cannot_grow(meet: object) -> None:
    ours, theirs = refgrad.ones(2), refgrad.from_numpy(np.ones(2))
    meet(ours)  # type: ignore[operator]  # either of two functions of a tensor

    for t in (ours, theirs, theirs.detach()):
        with pytest.raises(RuntimeError, match="Trying to resize storage that is not resizable"):
            t.resize_(5)
    assert theirs.resize_(1).shape == (1,)
    assert theirs.clone().resize_(5).shape == (5,)


def test_out_may_name_a_tracked_tensor_where_nothing_is_recorded() -> None:
    a, b = refgrad.ones(2, requires_grad=True), refgrad.zeros(2)

    with pytest.raises(RuntimeError, match=r"add\(\): functions with out=... arguments don't support automatic"):
        refgrad.add(a, a, out=b)
    with refgrad.no_grad():
        refgrad.add(a, a, out=b)
    assert b.tolist() == [2.0, 2.0]


def test_the_switches_of_backcompat_say_how_they_were_set() -> None:
    switch = refgrad.utils.backcompat.broadcast_warning
    switch.enabled = True
    try:
        assert switch.enabled
        assert not refgrad.utils.backcompat.keepdim_warning.enabled
    finally:
        switch.enabled = False
