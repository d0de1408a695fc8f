"""Whatever a spec sets, the next one finds a fresh interpreter's state."""

from __future__ import annotations

import random
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from gradspec.run.clean import restored


def test_the_same_numbers_are_drawn_every_time():
    drawn = []
    for _ in range(2):
        with restored(SimpleNamespace()):
            drawn.append((random.random(), float(np.random.random())))

    assert drawn[0] == drawn[1]


def test_filters_and_floating_point_errors_are_forgotten():
    filters, floating = list(warnings.filters), np.geterr()
    with restored(SimpleNamespace()):
        warnings.simplefilter("ignore")
        np.seterr(all="raise")

    assert (warnings.filters, np.geterr()) == (filters, floating)


def test_the_engine_is_told_its_defaults_before_and_after():
    told = []
    torch = SimpleNamespace(
        float32="float32",
        set_grad_enabled=lambda mode: told.append(("grad", mode)),
        set_default_dtype=lambda dtype: told.append(("dtype", dtype)),
        manual_seed=lambda seed: told.append(("seed", seed)),
    )
    once = [("grad", True), ("dtype", "float32"), ("seed", 0)]
    with restored(torch):
        assert told == once

    assert told == once * 2


def test_torch_is_as_it_was():
    torch = pytest.importorskip("torch", reason="the defaults are torch's")
    with restored(torch):
        first = torch.rand(3)
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        torch.autograd.set_detect_anomaly(True)

    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() == torch.float32
    assert not torch.is_anomaly_enabled()
    assert torch.equal(torch.rand(3), first)
