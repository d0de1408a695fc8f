"""The old interface: the 2019 post's programs run as they were printed, with `torch` standing for refgrad.legacy."""

from __future__ import annotations

import contextlib
import gc
import io
import sys
import warnings
import weakref
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import refgrad
from refgrad import legacy
from refgrad.legacy.autograd import Function, Variable

CREATE = """
import torch

torch.manual_seed(5)
x = torch.empty(5, 3)
print(torch.rand(3, 4))
print(torch.randn(5, 3))
print(torch.randn(2, 3).type())
print(torch.zeros(5, 3))
print(torch.ones(5, 3, dtype=torch.long))
print(torch.tensor([1,2,3]))
print(x.new_ones(5,4))
print(torch.full([4,3],9))
print(x.new_ones(5,4,dtype=torch.int))
print(torch.randn_like(x,dtype=torch.float))
print(torch.ones_like(x))
print(torch.zeros_like(x))
print(torch.Tensor(3,4).uniform_(0,1))
print(torch.Tensor(3,4).normal_(0,1))
print(torch.Tensor(3,4).fill_(5))
print(torch.arange(1, 3, 0.4))
"""
PRINTED = """\
tensor([[0.8303, 0.1261, 0.9075, 0.8199],
        [0.9201, 0.1166, 0.1644, 0.7379],
        [0.0333, 0.9942, 0.6064, 0.5646]])
tensor([[-1.4017, -0.7626,  0.6312],
        [-0.8991, -0.5578,  0.6907],
        [ 0.2225, -0.6662,  0.6846],
        [ 0.5740, -0.5829,  0.7679],
"""
"""What the post shows; its fifth row of randn repeats the fourth by mistake."""
PRINTED_LATER = """\
tensor([[ 0.4699, -1.9540, -0.5587],
        [ 0.4295, -2.2643, -0.2017],
        [ 1.0677,  0.3246, -0.0684],
        [-0.9959,  1.1563, -0.3992],
        [ 1.2153, -0.8115, -0.8848]])
"""
PRINTED_FILLED = """\
tensor([[0.8437, 0.1399, 0.2239, 0.3462],
        [0.5668, 0.3059, 0.1890, 0.4087],
        [0.2560, 0.5138, 0.1299, 0.3750]])
tensor([[-0.5490, -0.0838, -0.1387, -0.5289],
        [-0.4919, -0.4646, -0.0588,  1.2624],
        [ 1.1935,  1.5696, -0.8977, -0.1139]])
tensor([[5., 5., 5., 5.],
        [5., 5., 5., 5.],
        [5., 5., 5., 5.]])
tensor([1.0000, 1.4000, 1.8000, 2.2000, 2.6000])
"""

TRAIN = """
import torch
from torch.autograd import Variable

class MyReLU(torch.autograd.Function):
    def forward(self, input):
        self.save_for_backward(input)
        return input.clamp(min=0)

    def backward(self, grad_output):
        input, = self.saved_tensors
        grad_input = grad_output.clone()
        grad_input[input < 0] = 0
        return grad_input

dtype = torch.FloatTensor
# dtype = torch.cuda.FloatTensor # Uncomment this to run on GPU

N, D_in, H, D_out = 64, 1000, 100, 10

x = Variable(torch.randn(N, D_in).type(dtype), requires_grad=False)
y = Variable(torch.randn(N, D_out).type(dtype), requires_grad=False)

w1 = Variable(torch.randn(D_in, H).type(dtype), requires_grad=True)
w2 = Variable(torch.randn(H, D_out).type(dtype), requires_grad=True)

learning_rate = 1e-6
for t in range(500):
    relu = MyReLU()
    y_pred = relu(x.mm(w1)).mm(w2)
    loss = (y_pred - y).pow(2).sum()
    print(t, loss.data[0])
    loss.backward()

    w1.data -= learning_rate * w1.grad.data
    w2.data -= learning_rate * w2.grad.data

    w1.grad.data.zero_()
    w2.grad.data.zero_()
"""
"""The post's program, its docstrings and most of its comments left out."""


@pytest.fixture
def as_torch(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`import torch` gives the old interface of refgrad."""
    monkeypatch.setitem(sys.modules, "torch", legacy)
    monkeypatch.setitem(sys.modules, "torch.autograd", legacy.autograd)
    return legacy


def run(program: str) -> tuple[dict[str, Any], str]:
    """The names that a program leaves behind, and what it prints."""
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(program, names)
    return names, printed.getvalue()


def test_the_posts_first_program_prints_what_the_post_shows(as_torch: ModuleType) -> None:
    _, printed = run(CREATE)

    assert printed.startswith(PRINTED)
    assert PRINTED_LATER in printed
    assert printed.endswith(PRINTED_FILLED)
    assert "tensor([[9., 9., 9.],\n" in printed


def test_the_posts_five_ways_to_add_and_its_transpositions_run(as_torch: ModuleType) -> None:
    names, _ = run("""
import torch
a = torch.ones(2,3)
b = torch.ones(2,3)
result = torch.zeros(2,3)
print(a+b)
c = torch.add(a,b)
torch.add(a,b,result)
a.add(b)
a.add_(b)
print(a.t())
print(a.t_())
""")

    assert names["result"].tolist() == names["c"].tolist() == [[2.0] * 3] * 2
    assert names["a"].tolist() == [[2.0, 2.0]] * 3


def test_the_posts_weighted_backward_runs(as_torch: ModuleType) -> None:
    names, _ = run("""
import torch
from torch.autograd import Variable
x = Variable(torch.Tensor([3,6,4]),requires_grad=True)
y = Variable(torch.Tensor([5,3,6]),requires_grad=True)
z = x+y
z.backward(gradient=torch.Tensor([0.1,1,10]))
""")

    np.testing.assert_array_equal(names["x"].grad.numpy(), np.float32([0.1, 1, 10]))
    np.testing.assert_array_equal(names["y"].grad.numpy(), np.float32([0.1, 1, 10]))


def losses_by_hand(x: np.ndarray, y: np.ndarray, w1: np.ndarray, w2: np.ndarray) -> list[float]:
    """The losses of the same training, its gradients derived on paper."""
    losses = []
    for _ in range(500):
        h = x @ w1
        active = np.maximum(h, 0)
        error = active @ w2 - y
        losses.append(float(np.sum(error**2)))
        g = 2 * error
        g1, g2 = x.T @ (g @ w2.T * (h >= 0)), active.T @ g
        w1, w2 = w1 - 1e-6 * g1, w2 - 1e-6 * g2
    return losses


@pytest.mark.parametrize(
    ("name", "dtype", "rtol"),
    # The same products in the same order round alike; only within sums may the order differ.
    [("FloatTensor", np.float32, 1e-5), ("DoubleTensor", np.float64, 1e-9)],
)
def test_the_posts_500_steps_of_training_lose_what_they_lose_by_hand(
    as_torch: ModuleType, name: str, dtype: type, rtol: float
) -> None:
    shapes = [(64, 1000), (64, 10), (1000, 100), (100, 10)]
    legacy.manual_seed(0)
    start = [legacy.randn(*shape).numpy().astype(dtype) for shape in shapes]
    legacy.manual_seed(0)
    _, printed = run(TRAIN.replace("dtype = torch.FloatTensor", f"dtype = torch.{name}"))
    losses = [float(line.split()[1]) for line in printed.splitlines()]

    assert len(losses) == 500
    np.testing.assert_allclose(losses, losses_by_hand(*start), rtol=rtol)
    assert losses[-1] < losses[0] / 1e6


def test_volatile_outranks_requires_grad_and_spreads() -> None:
    x = Variable(legacy.ones(2), volatile=True)
    w = Variable(legacy.ones(2), requires_grad=True)
    y = (x * w).sum()

    assert y.volatile
    assert not y.requires_grad
    assert legacy.cat([w, x]).volatile
    assert not (w * w).volatile


def test_a_volatile_variable_cannot_require_grad() -> None:
    with pytest.raises(RuntimeError, match="volatile and require_grad"):
        Variable(legacy.ones(2), True, True)


def test_creator_is_what_made_a_variable() -> None:
    x = Variable(legacy.ones(2), True)
    y = x + 1

    assert x.creator is None
    assert y.creator is y.grad_fn


def test_only_old_tensors_know_the_old_names() -> None:
    x = refgrad.ones(2, requires_grad=True)

    assert not hasattr(x, "creator")
    assert not hasattr(x * 2, "register_grad")
    with pytest.raises(IndexError, match="0-dim"):
        x.sum().data[0]


def test_retain_variables_keeps_the_graph() -> None:
    x = Variable(legacy.Tensor([3]), requires_grad=True)
    y = x * x
    y.backward(retain_variables=True)
    y.backward()

    assert x.grad.tolist() == [12.0]
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()


def test_hooks_see_old_tensors() -> None:
    seen: list[Any] = []
    x = Variable(legacy.Tensor([1, 2]), requires_grad=True)
    x.register_grad(seen.append)
    (x * 3).sum().backward()

    assert seen[0].tolist() == [3.0, 3.0]
    assert seen[0].sum()[0] == 6.0


def test_a_number_is_read_as_a_vector_of_one_element() -> None:
    loss = Variable(legacy.Tensor([1, 2, 3]), requires_grad=True).pow(2).sum()

    assert loss.data[0] == 14.0
    assert isinstance(loss.data[0], float)
    assert loss[0].requires_grad


def test_outputs_may_be_given_by_position() -> None:
    result = legacy.zeros(3)
    legacy.clamp(legacy.Tensor([-1, 0.5, 9]), 0, 1, result)

    assert result.tolist() == [0.0, 0.5, 1.0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        legacy.add(legacy.ones(3), 10, legacy.ones(3), result)
    assert result.tolist() == [11.0, 11.0, 11.0]


def test_the_old_classes_make_old_tensors() -> None:
    x = legacy.FloatTensor([1, 2])

    assert isinstance(x, legacy.FloatTensor)
    assert x.sum()[0] == 3.0
    assert legacy.LongTensor(2, 3).type() == "torch.LongTensor"


class Product(Function):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Any, y: Any) -> Any:
        self.save_for_backward(x, y)
        return x * y * self.factor

    def backward(self, grad: Any) -> Any:
        x, y = self.saved_tensors
        return grad * y * self.factor, grad * x * self.factor if self.needs_input_grad[1] else None


def test_an_instance_of_a_function_keeps_settings_and_saves_tensors() -> None:
    x, y = Variable(legacy.Tensor([2]), True), Variable(legacy.Tensor([3]), True)
    Product(10)(x, y).backward()

    assert x.grad.tolist() == [30.0]
    assert y.grad.tolist() == [20.0]


def test_an_instance_is_asked_only_for_what_is_needed() -> None:
    x, y = Variable(legacy.Tensor([2]), True), legacy.Tensor([3])
    z = Product(10)(x, y)
    z.backward()

    assert x.grad.tolist() == [30.0]
    assert z.creator.name() == "ProductBackward"


def test_an_instance_called_on_volatile_variables_records_nothing() -> None:
    z = Product(1)(Variable(legacy.Tensor([2]), volatile=True), Variable(legacy.Tensor([3]), True))

    assert z.volatile
    assert z.grad_fn is None


def test_dropping_the_output_of_an_instance_frees_the_graph() -> None:
    gc.disable()
    try:
        function = Product(1)
        z = function(Variable(legacy.Tensor([2]), True), Variable(legacy.Tensor([3]), True))
        node, instance = weakref.ref(z.grad_fn), weakref.ref(function)
        del z
        assert node() is None
        del function
        assert instance() is None
    finally:
        gc.enable()


def test_static_functions_work_beside_instances() -> None:
    class Double(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad * 2

    x = Variable(legacy.Tensor([2]), True)
    Double.apply(x).backward()

    assert x.grad.tolist() == [2.0]
