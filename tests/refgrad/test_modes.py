"""Grad mode, inference mode: what is recorded, and that every mode is put back."""

import threading

import pytest

import refgrad as torch


def leaf(*values):
    return torch.tensor(values[0] if len(values) == 1 else list(values), dtype=torch.float64, requires_grad=True)


def test_no_grad_records_nothing_and_nests():
    x = leaf(1.0)
    with torch.no_grad():
        with torch.enable_grad():
            inside = x * 2
        assert not (x * 2).requires_grad

    assert inside.requires_grad
    assert torch.is_grad_enabled()


def test_a_mode_is_put_back_after_an_error():
    with pytest.raises(ValueError, match="here"), torch.no_grad():
        raise ValueError("here")

    assert torch.is_grad_enabled()


@pytest.mark.parametrize("decorator", [lambda: torch.no_grad, torch.no_grad, lambda: torch.set_grad_enabled(False)])
def test_modes_decorate_functions(decorator):
    assert torch.is_grad_enabled()
    decorated = decorator()(lambda x: x * 2)

    assert not decorated(leaf(1.0)).requires_grad
    assert torch.is_grad_enabled()


def test_a_generator_runs_under_its_mode_only_while_it_runs():
    @torch.no_grad()
    def steps():
        yield torch.is_grad_enabled()
        yield torch.is_grad_enabled()

    seen = []
    for inside in steps():
        seen.append((inside, torch.is_grad_enabled()))

    assert seen == [(False, True), (False, True)]


def test_set_grad_enabled_acts_at_once():
    torch.set_grad_enabled(False)
    off = torch.is_grad_enabled()
    torch.set_grad_enabled(True)

    assert (off, torch.is_grad_enabled()) == (False, True)


def test_modes_belong_to_a_thread():
    seen = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()

    assert seen == [True]


def test_inference_tensors_stay_out_of_graphs():
    with torch.inference_mode():
        c = torch.ones(2, dtype=torch.float64)

    assert c.is_inference()
    for forbidden, text in (
        (lambda: leaf(1.0, 2.0) * c, "Inference tensors cannot be saved for backward"),
        (lambda: c.add_(1), "Inplace update to inference tensor outside InferenceMode is not allowed"),
        (
            lambda: c.requires_grad_(),
            "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed",
        ),
        (lambda: c._version, "Inference tensors do not track version counter"),
    ):
        with pytest.raises(RuntimeError, match=text):
            forbidden()
    assert (leaf(1.0, 2.0) + c).requires_grad


def test_views_take_after_their_base_in_inference_mode():
    normal = leaf(1.0, 2.0).clone()
    with torch.inference_mode():
        v, c = normal[:1], torch.ones(2)

    assert not v.is_inference()
    assert c[:1].is_inference()
    with pytest.raises(
        RuntimeError, match="A view was created in inference mode and is being modified inplace in normal mode"
    ):
        v.mul_(2)


def test_enable_grad_does_not_record_in_inference_mode():
    with torch.inference_mode(), torch.enable_grad():
        y = leaf(2.0) * 2

    assert not y.requires_grad
    assert y.is_inference()


def test_inference_mode_carries_no_tangents():
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor(2.0), torch.tensor(1.0))
        with torch.inference_mode():
            y = x * 3

        assert fw.unpack_dual(y).tangent is None
