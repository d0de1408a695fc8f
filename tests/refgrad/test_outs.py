"""The keyword `out`: which functions take it, and what it does with their result."""

import pytest

import refgrad as torch
from refgrad.outs import NAMES


@pytest.mark.parametrize("name", ["sin", "mul", "add", "cumsum", "matmul", "arange", "stack"])
def test_the_result_goes_into_the_tensor_given(name):
    x = torch.tensor([1.0, 2.0])
    args = {"mul": (x, 3), "add": (x, x), "cumsum": (x, 0), "matmul": (x, x), "arange": (3,), "stack": ([x, x],)}
    out = torch.empty(0)

    returned = getattr(torch, name)(*args.get(name, (x,)), out=out)

    assert returned is out
    assert torch.equal(out, getattr(torch, name)(*args.get(name, (x,))).to(out.dtype))


def test_several_results_go_into_as_many_tensors():
    values, indices = torch.empty(0), torch.empty(0, dtype=torch.int64)
    torch.sort(torch.tensor([3.0, 1.0]), out=(values, indices))

    assert (values.tolist(), indices.tolist()) == ([1.0, 3.0], [1, 0])


def test_out_of_none_is_no_out():
    assert torch.sin(torch.zeros(1), out=None).item() == 0.0


@pytest.mark.parametrize("function", [torch.exp, torch.mul, torch.hypot])
def test_nothing_is_differentiated_into_out(function):
    x = torch.ones(2, requires_grad=True)

    with pytest.raises(RuntimeError, match="out=... arguments don't support automatic differentiation"):
        function(*(x,) * len(function.op.tensor_names), out=torch.empty(2))


def test_functions_that_lack_out_refuse_it():
    with pytest.raises(TypeError, match="unexpected keyword argument 'out'"):
        torch.relu(torch.ones(1), out=torch.ones(1))


def test_out_must_be_able_to_hold_the_result():
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output type Long"):
        torch.sin(torch.ones(1), out=torch.zeros(1, dtype=torch.int64))


def test_torch_has_out_wherever_refgrad_has():
    peer = pytest.importorskip("torch", reason="the table of names is held against torch's own signatures")
    refused = []
    for name in NAMES:
        try:
            getattr(peer, name)(out=object())
        except TypeError as error:
            if "unexpected keyword argument 'out'" in str(error):
                refused.append(name)

    assert refused == []
