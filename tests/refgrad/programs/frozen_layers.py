import torch
from torch import nn

f = nn.Linear(3, 3)
h = nn.Linear(3, 1)
for p in f.parameters():
    p.requires_grad = False
opt = torch.optim.SGD(filter(lambda p: p.requires_grad, [*f.parameters(), *h.parameters()]), lr=0.1)
h(f(torch.ones(2, 3))).sum().backward()
print(f.weight.grad, h.weight.grad, f.weight)
opt.step()
print(h.weight)
