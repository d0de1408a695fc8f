"""Flat memory: what `strided` shows, and what `read_at` and `fold_at` find there, are what NumPy's indexing finds."""

import numpy as np
import pytest

from refgrad.places import fold_at, read_at, strided

CASES = [
    ((5, 6, 7), 0, (9, 6, 7)),
    ((5, 6, 7), 1, (4, 9, 6)),
    ((5,), 0, (7,)),
    ((5, 6), 1, (5, 9)),
    ((5, 0), 1, (5, 0)),
]


def _grid(index: np.ndarray, dim: int) -> tuple[np.ndarray, ...]:
    found = list(np.indices(index.shape, sparse=True))
    found[dim] = index
    return tuple(found)


@pytest.mark.parametrize(("shape", "dim", "index_shape"), CASES)
@pytest.mark.parametrize("turned", [False, True])
def test_reading_and_adding_are_what_an_index_for_each_dimension_does(shape, dim, index_shape, turned):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape[::-1]).T if turned else rng.standard_normal(shape)
    index = rng.integers(0, max(shape[dim], 1), index_shape)
    source = rng.standard_normal(tuple(n + 1 for n in index_shape))  # more than the index asks for
    assert np.array_equal(read_at(x, index, dim), x[_grid(index, dim)])
    wanted = x.copy()
    np.add.at(wanted, _grid(index, dim), source[tuple(map(slice, index_shape))])
    assert np.array_equal(fold_at(np.add, x, index, source, dim), wanted)


def test_folding_leaves_its_argument_alone():
    x = np.zeros(3)
    fold_at(np.maximum, x, np.array([1, 1]), np.array([2.0, 1.0]), 0)
    assert not x.any()


@pytest.mark.parametrize("x", [np.arange(12.0).reshape(3, 4), np.arange(24.0).reshape(3, 8)[:, ::2], np.empty((0, 4))])
def test_strides_show_the_same_memory_as_in_numpy(x):
    shape, strides = (2, *x.shape), (0, *x.strides)
    found = strided(x, shape, strides)
    assert np.array_equal(found, np.lib.stride_tricks.as_strided(x, shape, strides))
    assert found.flags.writeable
    if x.size:
        assert np.shares_memory(found, x)
