import torch

for t in [
    torch.arange(10),
    torch.randn(3, 4),
    torch.randn(2, 2, 2),
    torch.tensor([1e-8, 1.0, 1e8]),
    torch.tensor([1e10, 1]),
    torch.zeros(0),
    torch.zeros(2, 0),
    torch.tensor(3),
    torch.tensor(1.5),
    torch.tensor([True, False]),
    torch.tensor([1 + 2j]),
    torch.tensor([float("nan"), float("inf"), -float("inf")]),
    torch.arange(2000),
    torch.randn(30, 40),
    torch.tensor([1.0, 2.0, 3.0]),
    torch.tensor([0.1, 100.0]),
    torch.tensor([1, -1000]),
    torch.tensor([1.5], dtype=torch.half),
    torch.tensor([1.5], dtype=torch.bfloat16),
    torch.ones(2, dtype=torch.double, requires_grad=True),
    torch.nn.Parameter(torch.ones(2)),
    torch.tensor([[1, 2], [3, 4]], dtype=torch.uint8),
    torch.tensor([1.123456789], dtype=torch.float64),
    torch.ones(1, 3).expand(2, 3) * 2,
    torch.ones(2, requires_grad=True) * 3,
    torch.finfo(torch.float32),
    torch.iinfo(torch.int8),
    torch.float32,
    torch.device("cpu"),
    torch.Size([2, 3]),
    torch.ones(3).max(0),
    torch.ones(3, 2).sort(),
    torch.tensor([3.0, 1.0]).topk(1),
]:
    print(t)
    print(repr(t))
    print(str(t))
torch.set_printoptions(precision=2, sci_mode=True)
print(torch.randn(3))
torch.set_printoptions(profile="default")
print(torch.randn(3))
torch.set_printoptions(linewidth=40, threshold=5, edgeitems=1)
print(torch.arange(100.0))
torch.set_printoptions(profile="default")
