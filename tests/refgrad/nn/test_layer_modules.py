"""Layers begin with torch's numbers, print as torch's, and compute and differentiate what torch's do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import refgrad

torch = pytest.importorskip("torch", reason="torch is the one whose layers these are")

IMAGES, SERIES, ROWS = (2, 4, 6, 6), (2, 4, 6), (3, 4)
MAKES = [
    ("Conv2d(4, 6, 3, padding=1, stride=2)", IMAGES),
    ("Conv2d(4, 6, (3, 2), groups=2, bias=False, dilation=2)", IMAGES),
    ("Conv2d(4, 4, 3, padding='same')", IMAGES), ("Conv2d(4, 4, 3, padding=1, padding_mode='reflect')", IMAGES),
    ("Conv2d(4, 4, 4, padding='same', padding_mode='circular')", IMAGES), ("Conv1d(4, 5, 3)", SERIES),
    ("Conv3d(2, 3, 2)", (1, 2, 3, 3, 3)), ("ConvTranspose2d(4, 3, 2, stride=2, output_padding=1)", IMAGES),
    ("ConvTranspose1d(4, 3, 2)", SERIES), ("BatchNorm2d(4)", IMAGES), ("BatchNorm1d(4, affine=False)", ROWS),
    ("BatchNorm1d(4, momentum=None)", SERIES), ("BatchNorm1d(4, track_running_stats=False)", ROWS),
    ("LayerNorm(6)", SERIES), ("LayerNorm([4, 6], elementwise_affine=False)", SERIES),
    ("LayerNorm(6, bias=False)", SERIES),
    ("RMSNorm(6)", SERIES), ("GroupNorm(2, 4)", IMAGES), ("MaxPool2d(2)", IMAGES), ("MaxPool2d(3, 2, 1)", IMAGES),
    ("MaxPool1d(2)", SERIES), ("AvgPool2d(2)", IMAGES), ("AvgPool1d(2)", SERIES),
    ("AdaptiveAvgPool2d((1, 1))", IMAGES),
    ("AdaptiveMaxPool1d(2)", SERIES), ("Unflatten(1, (2, 2))", ROWS), ("PReLU()", ROWS), ("GLU()", ROWS),
    ("Dropout2d(0.5)", IMAGES), ("RReLU()", ROWS), ("ReLU(inplace=True)", ROWS), ("PixelShuffle(2)", IMAGES),
    ("RNNCell(4, 5, nonlinearity='relu')", ROWS), ("GRUCell(4, 5)", ROWS), ("GRUCell(4, 5, bias=False)", ROWS),
]  # fmt: skip


@pytest.mark.parametrize(("make", "shape"), MAKES, ids=[make for make, _ in MAKES])
def test_layers_are_torchs(make: str, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=shape)
    seen: list[list[Any]] = []
    for engine in (refgrad, torch):
        engine.manual_seed(0)
        layer = eval(f"nn.{make}", {"nn": engine.nn}).double()
        leaf = engine.from_numpy(x.copy()).requires_grad_()
        out = layer(leaf * 1)
        (out * out).sum().backward()
        state = {name: value.numpy() for name, value in layer.state_dict().items()}
        grads = [p.grad.numpy() for p in layer.parameters()]
        layer.eval()
        after = layer(engine.from_numpy(x.copy())).detach().numpy()
        seen.append([repr(layer), [*state], [out.detach().numpy(), leaf.grad.numpy(), after, *state.values(), *grads]])

    (ours, our_names, our_arrays), (theirs, their_names, their_arrays) = seen
    assert ours == theirs
    assert our_names == their_names
    for a, b in zip(our_arrays, their_arrays, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)  # the initial numbers are float32


def test_an_lstm_cell_keeps_a_state_of_two() -> None:
    seen = []
    for engine in (refgrad, torch):
        engine.manual_seed(0)
        cell = engine.nn.LSTMCell(3, 4)
        h, c = cell(engine.ones(2, 3))
        h, c = cell(engine.ones(2, 3), (h, c))
        (h + c).sum().backward()
        seen.append([h.detach().numpy(), c.detach().numpy(), *(p.grad.numpy() for p in cell.parameters())])

    for a, b in zip(*seen, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("more", ["", ", padding_idx=0", ", padding_idx=-1"])
def test_embeddings_are_torchs(more: str) -> None:
    seen = []
    for engine in (refgrad, torch):
        engine.manual_seed(0)
        layer = eval(f"nn.Embedding(5, 2{more})", {"nn": engine.nn})
        out = layer(engine.tensor([[0, 1], [4, 0]]))
        (out * 2).sum().backward()
        seen.append((repr(layer), layer.weight.detach().numpy(), out.detach().numpy(), layer.weight.grad.numpy()))

    assert seen[0][0] == seen[1][0]
    for a, b in zip(seen[0][1:], seen[1][1:], strict=True):
        np.testing.assert_array_equal(a, b)


LOSSES = [
    "CrossEntropyLoss(weight=torch.tensor([1., 2., 3., 4.]), label_smoothing=0.1)", "CrossEntropyLoss(ignore_index=1)",
    "NLLLoss(reduction='sum')", "NLLLoss(torch.tensor([1., 2., 3., 4.]))",
]  # fmt: skip


@pytest.mark.parametrize("make", LOSSES)
def test_losses_with_weights_are_torchs(make: str) -> None:
    x, seen = np.linspace(-1, 2, 12, dtype=np.float32).reshape(3, 4), []
    for engine in (refgrad, torch):
        loss = eval(f"torch.nn.{make}", {"torch": engine})
        seen.append((repr(loss), [*loss.state_dict()], float(loss(engine.from_numpy(x), engine.tensor([1, 2, 3])))))

    assert seen[0][:2] == seen[1][:2]
    assert seen[0][2] == pytest.approx(seen[1][2], rel=1e-6)


WRONG = [
    "Conv2d(3, 4, 3, groups=2)", "Conv2d(4, 4, 3, stride=2, padding='same')", "Conv2d(4, 4, 3, padding='half')",
    "GroupNorm(3, 4)", "Embedding(3, 2, padding_idx=3)", "Dropout(1.5)", "BatchNorm2d(3)(torch.ones(2, 3))",
    "Threshold()", "ReLU(1, 2, 3)", "Softplus(foo=1)", "RNNCell(2, 2)(torch.ones(1, 1, 2))",
]  # fmt: skip


@pytest.mark.parametrize("make", WRONG)
def test_layers_refuse_what_torchs_refuse(make: str) -> None:
    refused = []
    for engine in (refgrad, torch):
        with pytest.raises((ValueError, TypeError, AssertionError)) as caught:
            eval(f"torch.nn.{make}", {"torch": engine})
        refused.append(caught.type)

    assert refused[0] is refused[1]
