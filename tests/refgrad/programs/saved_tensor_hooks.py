import torch

a = torch.randn(5, requires_grad=True)
b = torch.ones(5, requires_grad=True)
y = a * b
print(y.grad_fn._saved_self)
print(y.grad_fn._saved_other)
x = torch.randn(5, requires_grad=True)
y = x.exp()
print(y.equal(y.grad_fn._saved_result))
print(y is y.grad_fn._saved_result)
y = x.pow(2)
print(x.equal(y.grad_fn._saved_self), x is y.grad_fn._saved_self)


def f(x):
    return x


def pack_hook(x):
    print("Packing", x)
    return x


def unpack_hook(x):
    print("Unpacking", x)
    return x


a = torch.ones(5, requires_grad=True)
b = torch.ones(5, requires_grad=True) * 2
with torch.autograd.graph.saved_tensors_hooks(pack_hook, unpack_hook):
    y = a * b
y.sum().backward()
name_of = {}


class SelfDeletingTempFile:
    def __init__(self):
        self.name = "n"


storage = []


def pack_hook(x):
    storage.append(x)
    return len(storage) - 1


def unpack_hook(x):
    return storage[x]


class SaveToMem(torch.nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        with torch.autograd.graph.saved_tensors_hooks(pack_hook, unpack_hook):
            return self.module(x)


model = torch.nn.Sequential(torch.nn.Linear(10, 100), SaveToMem(torch.nn.Linear(100, 5)), torch.nn.Linear(5, 5))
print(model)
x = torch.randn(10)
loss = model(x).sum()
loss.backward()
print(len(storage), sorted(tuple(s.shape) for s in storage))
x = torch.ones(5, requires_grad=True)
y = x.pow(2)
try:
    y.grad_fn._raw_saved_self.register_hooks(lambda t: t.add_(1), lambda t: t)
except Exception as e:
    print(type(e).__name__, e)
with torch.autograd.graph.saved_tensors_hooks(lambda x: x * 4, lambda x: x / 4):
    y = torch.pow(x, 2)
    y.sum().backward()
    print(x.grad)
x = torch.randn(5, requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(lambda x: (x.device, x.cpu()), lambda p: p[1].to(p[0])):
    y = x.pow(2)
y.sum().backward()
print(torch.allclose(x.grad, 2 * x))


@torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t)
def g(x):
    return x * x


print(g(x))
with torch.autograd.graph.save_on_cpu(pin_memory=False):
    y = x.exp() * x
y.sum().backward()
print(x.grad)
with torch.autograd.graph.disable_saved_tensors_hooks("no hooks here"):
    try:
        with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
            x * x
    except Exception as e:
        print(type(e).__name__, e)
