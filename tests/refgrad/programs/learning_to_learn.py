import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(3)
net = nn.Sequential(nn.Linear(1, 10), nn.Tanh(), nn.Linear(10, 1))
meta = torch.optim.Adam(net.parameters(), lr=1e-2)


def functional(params, x):
    x = F.linear(x, params[0], params[1]).tanh()
    return F.linear(x, params[2], params[3])


for it in range(3):
    meta.zero_grad()
    total = 0.0
    for task in range(2):
        a = 1.0 + task
        xs, xq = torch.randn(5, 1), torch.randn(5, 1)
        fast = list(net.parameters())
        for _ in range(3):
            l = F.mse_loss(functional(fast, xs), a * xs.sin())
            grads = torch.autograd.grad(l, fast, create_graph=True)
            fast = [p - 0.1 * g for p, g in zip(fast, grads)]
        total = total + F.mse_loss(functional(fast, xq), a * xq.sin())
    total.backward()
    print(total, net[0].weight.grad.squeeze())
    meta.step()
