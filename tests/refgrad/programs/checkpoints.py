import torch
from torch import nn
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

m = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.Dropout(0.5))
x = torch.randn(3, 4, requires_grad=True)
torch.manual_seed(0)
y = checkpoint(m, x, use_reentrant=False)
print(y)
y.sum().backward()
print(x.grad, m[0].weight.grad.sum())
x.grad = None
torch.manual_seed(0)
y = checkpoint(m, x, use_reentrant=True)
print(y)
y.sum().backward()
print(x.grad)
y = checkpoint_sequential(m, 2, x, use_reentrant=False)
print(y.shape, y.grad_fn is not None)
y = checkpoint(lambda a, b: a * b["k"], x, {"k": torch.ones(4)}, use_reentrant=False)
y.sum().backward()
print(x.grad)
z = checkpoint(m, x)
