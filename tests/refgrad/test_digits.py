"""A convolutional net that learns to read digits: one program, run on refgrad and on torch, with the same losses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import refgrad

STEPS, SAMPLES = 50, 256


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Pictures of 8 by 8 points between 0 and 1, and the digits that they show."""
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn brings the pictures of digits")
    found = datasets.load_digits()
    return found.images[:SAMPLES, None] / 16.0, found.target[:SAMPLES].astype(np.int64)


def weights() -> list[np.ndarray]:
    """The kernels, matrix and biases that both nets begin with."""
    draw = np.random.default_rng(0)
    shapes = [(4, 1, 3, 3), (4,), (8, 4, 3, 3), (8,), (10, 32), (10,)]
    return [draw.normal(size=shape) / np.sqrt(np.prod(shape[1:])) for shape in shapes]


def losses(torch: Any, optimizer: str, pictures: np.ndarray, answers: np.ndarray, **settings: float) -> list[float]:
    """The loss before each step, of a net that is written once in torch's words."""
    F = torch.nn.functional
    kernels, shifts, sharper, sharper_shifts, matrix, biases = parameters = [
        torch.nn.Parameter(torch.tensor(start)) for start in weights()
    ]
    step = getattr(torch.optim, optimizer)(parameters, **settings)
    x, y = torch.tensor(pictures), torch.tensor(answers)

    def net(x: Any) -> Any:
        coarse = F.max_pool2d(F.relu(F.conv2d(x, kernels, shifts, padding=1)), 2)
        coarser = F.max_pool2d(torch.tanh(F.conv2d(coarse, sharper, sharper_shifts, padding=1)), 2)
        return F.linear(coarser.flatten(1), matrix, biases)

    history = []
    for _ in range(STEPS):
        step.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        step.step()
        history.append(loss.item())
    return history


TRAININGS = {"SGD": {"lr": 0.2, "momentum": 0.9}, "Adam": {"lr": 0.03}}


@pytest.fixture(scope="module", params=TRAININGS)
def training(request, digits) -> tuple[str, list[float]]:
    """An optimizer, and the losses of the net that refgrad trained with it."""
    return request.param, losses(refgrad, request.param, *digits, **TRAININGS[request.param])


def test_a_net_learns_digits(training):
    _, history = training

    assert history[0] > np.log(10), "at first it does worse than one who guesses"
    assert max(history[-10:]) < 0.2 * history[0]
    assert np.mean(history[-10:]) < np.mean(history[20:30]) < np.mean(history[:10])


def test_every_loss_is_the_one_that_torch_has(training, digits):
    torch = pytest.importorskip("torch", reason="torch trains the same net beside refgrad")
    optimizer, ours = training

    theirs = losses(torch, optimizer, *digits, **TRAININGS[optimizer])

    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)  # 50 steps enlarge what float64 rounds off
