import torch
from torch import nn, autograd

D = nn.Sequential(nn.Linear(3, 6), nn.LeakyReLU(0.2), nn.Linear(6, 1))
real, fake = torch.randn(4, 3), torch.randn(4, 3)
alpha = torch.rand(4, 1).expand_as(real)
inter = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
out = D(inter)
gradients = autograd.grad(
    outputs=out, inputs=inter, grad_outputs=torch.ones_like(out), create_graph=True, retain_graph=True, only_inputs=True
)[0]
gp = ((gradients.norm(2, dim=1) - 1) ** 2).mean() * 10
gp.backward()
print(gp, gradients, D[0].weight.grad, D[2].bias.grad)
