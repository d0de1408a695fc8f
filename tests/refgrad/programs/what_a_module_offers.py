import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("tmp", torch.zeros(1), persistent=False)
        self.blocks = nn.ModuleList([nn.Linear(2, 2) for _ in range(2)])
        self.d = nn.ModuleDict({"a": nn.ReLU(), "b": nn.Tanh()})
        self.ps = nn.ParameterList([nn.Parameter(torch.ones(2)), nn.Parameter(torch.zeros(3))])
        self.pd = nn.ParameterDict({"k": nn.Parameter(torch.ones(1))})
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.x = None

    def forward(self, x):
        x = self.fc(x - self.mean)
        for b in self.blocks:
            x = self.d["a"](b(x))
        return x * self.scale + self.ps[0]


n = Net()
print(n)
print([k for k, _ in n.named_parameters()])
print(list(n.state_dict()), list(n.state_dict(prefix="p.")))
print([k for k, _ in n.named_modules()], [k for k, _ in n.named_children()], [k for k, _ in n.named_buffers()])
print(n.get_parameter("fc.weight").shape, n.get_submodule("blocks.1"), n.get_buffer("mean"))
print(n.training, n.eval().training, n.fc.training, n.train().fc.training)
print(n.double().fc.weight.dtype, n.float().mean.dtype, n.half().fc.weight.dtype, n.to(torch.float64).scale.dtype)
n = n.float()
print(sum(p.numel() for p in n.parameters()), sum(p.numel() for p in n.parameters() if p.requires_grad))
n.requires_grad_(False)
print(any(p.requires_grad for p in n.parameters()))
n.requires_grad_(True)
h = n.fc.register_forward_hook(lambda m, i, o: print("fwd", type(m).__name__, i[0].shape, o.shape))
h2 = n.fc.register_forward_pre_hook(lambda m, i: print("pre", len(i)))
h3 = n.fc.register_full_backward_hook(
    lambda m, gi, go: print("bwd", [None if g is None else g.shape for g in gi], [g.shape for g in go])
)
h4 = n.fc.register_forward_hook(lambda m, a, kw, o: print("kw", kw), with_kwargs=True)
n(torch.ones(4, 3)).sum().backward()
h.remove()
h2.remove()
h3.remove()
h4.remove()
n(torch.ones(4, 3))
import copy

n2 = copy.deepcopy(n)
print(n2.fc.weight is n.fc.weight, torch.equal(n2.fc.weight, n.fc.weight), n2.fc.weight.grad is None)
r = n2.load_state_dict({"fc.weight": torch.zeros(2, 3)}, strict=False)
print(r, r.missing_keys[:2], r.unexpected_keys)
try:
    n2.load_state_dict({"fc.weight": torch.zeros(2, 3)})
except Exception as e:
    print(type(e).__name__, e)
try:
    n2.load_state_dict({**n.state_dict(), "fc.weight": torch.zeros(2, 4)})
except Exception as e:
    print(type(e).__name__, e)
for bad in ("a.b", "", 3, "fc"):
    try:
        n2.register_buffer(bad, torch.zeros(1))
        print("ok")
    except Exception as e:
        print(type(e).__name__, e)
for bad, v in (("a.b", None), ("q", torch.zeros(1)), ("fc", None), ("z", n.scale * 1)):
    try:
        n2.register_parameter(bad, v)
        print("ok")
    except Exception as e:
        print(type(e).__name__, e)
try:
    n2.add_module("m", 3)
except Exception as e:
    print(type(e).__name__, e)
s = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
s.append(nn.Linear(2, 1))
print(s[-1], s[:2], len(s), s[0:1])
s[1] = nn.Tanh()
del s[2]
print(s)
print(n.x, hasattr(n, "nope"), "fc" in dir(n), vars(n).keys() >= {"_parameters", "_buffers", "_modules"})
print(n.type(torch.float64).fc.weight.dtype, n.cpu().fc.bias.device)
print(n.d["a"], list(n.d.keys()), "a" in n.d, len(n.ps), n.ps, n.pd)
