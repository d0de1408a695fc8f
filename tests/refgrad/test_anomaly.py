"""Anomaly mode: the place of the failing forward call, and the first NaN."""

import pytest

import refgrad as torch


def leaf(value):
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


def forward_that_fails():
    class Fails(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            raise ValueError("in backward")

    return Fails.apply(leaf(1.0))


def test_the_warning_shows_the_users_frames_of_the_forward_call():
    with (
        torch.autograd.set_detect_anomaly(True),
        pytest.warns(UserWarning, match="Error detected in FailsBackward. Traceback of forward call") as caught,
        pytest.raises(ValueError, match="in backward"),
    ):
        forward_that_fails().backward()

    text = str(caught[0].message)
    assert "in forward_that_fails" in text
    assert "refgrad/function.py" not in text


def test_a_graph_recorded_before_the_mode_has_no_place_to_show():
    y = forward_that_fails()
    with (
        torch.autograd.set_detect_anomaly(True),
        pytest.warns(UserWarning, match="No forward pass information available"),
        pytest.raises(ValueError, match="in backward"),
    ):
        y.backward()


def test_the_first_node_that_makes_a_nan_is_named():
    with (
        torch.autograd.set_detect_anomaly(True),
        pytest.warns(UserWarning, match="Error detected in SqrtBackward0"),
        pytest.raises(RuntimeError, match="Function 'SqrtBackward0' returned nan values in its 0th output."),
    ):
        (torch.sqrt(leaf(0.0)) * 0).backward()


def test_nan_may_pass_when_not_checked_and_infinity_always():
    x = leaf(0.0)
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        (torch.sqrt(x) * 0).backward()
    assert str(x.grad.item()) == "nan"

    x.grad = None
    with torch.autograd.set_detect_anomaly(True):
        torch.sqrt(x).backward()
    assert x.grad.item() == float("inf")


def test_the_mode_is_put_back():
    assert not torch.is_anomaly_enabled()
    with torch.autograd.set_detect_anomaly(True):
        assert torch.is_anomaly_enabled()
    assert not torch.is_anomaly_enabled()
    with pytest.warns(UserWarning, match="Anomaly Detection has been enabled"):
        torch.autograd.detect_anomaly()
