"""torch as a backend: its devices, its exactness, its ways in and out."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the backend under test is torch's")

from gradspec.backends.torch import Torch  # noqa: E402
from gradspec.errors import DeviceMissing  # noqa: E402
from gradspec.programs.model import Input, Program, Question, Step  # noqa: E402


def test_a_device_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(DeviceMissing, match="sees no device 'cuda:99' here. It sees: cpu"):
        Torch("cuda:99")


def test_what_trades_accuracy_for_speed_is_off():
    torch.backends.cuda.matmul.allow_tf32 = True
    Torch()

    assert torch.backends.cuda.matmul.allow_tf32 is False
    assert torch.get_float32_matmul_precision() == "highest"
    assert torch.get_num_threads() == 1


def test_its_id_names_the_processor():
    assert Torch().device == "cpu"
    assert Torch().versions() == {"torch": torch.__version__, "device": "cpu"}


def test_bfloat16_travels_as_float32_under_its_own_name():
    x = torch.tensor([1.5], dtype=torch.bfloat16)

    assert Torch().numpy(x).dtype == np.float32
    assert Torch().dtype_name(x) == "bfloat16"


def test_lazy_conjugates_are_carried_out():
    x = torch.tensor([1 + 2j]).conj()

    assert Torch().numpy(x).tolist() == [1 - 2j]


def test_forward_mode_warns_of_nothing():
    program = Program((Input((2,)),), (Step("tanh", (0,), {}, (2,)),), (1,), (Question("forward"),))

    assert Torch().answer(program).refused == {}


def test_zeros_that_torch_has_not_stored_are_zeros():
    x = torch.tensor(0.5, requires_grad=True)
    (gradient,) = torch.autograd.grad(x.abs(), x, torch.tensor(0.3), create_graph=True)
    (second,) = torch.autograd.grad(gradient, x, torch.tensor(0.2))

    assert Torch().numpy(second) == 0.0
