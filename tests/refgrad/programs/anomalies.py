import warnings
import torch
from torch import autograd


class MyFunc(autograd.Function):
    @staticmethod
    def forward(ctx, inp):
        return inp.clone()

    @staticmethod
    def backward(ctx, gO):
        raise RuntimeError("Some error in backward")


def run_fn(a):
    out = MyFunc.apply(a)
    return out.sum()


inp = torch.rand(2, 3, requires_grad=True)
out = run_fn(inp)
try:
    out.backward()
except Exception as e:
    print(type(e).__name__, e)
with warnings.catch_warnings(record=True) as ws:
    warnings.simplefilter("always")
    with autograd.detect_anomaly():
        inp = torch.rand(2, 3, requires_grad=True)
        out = run_fn(inp)
        try:
            out.backward()
        except Exception as e:
            print(type(e).__name__, e)
    print([str(w.message).splitlines()[0][:100] for w in ws])
with autograd.detect_anomaly():
    x = torch.tensor([-1.0], requires_grad=True)
    y = torch.sqrt(x)
    try:
        y.sum().backward()
    except Exception as e:
        print(type(e).__name__, e)
