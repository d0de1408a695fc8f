import torch
from torch import nn

m = nn.Linear(4, 2)
x = torch.randn(8, 4)
for i in range(4):
    (m(x[2 * i : 2 * i + 2]).pow(2).sum() * 10).backward()
print(m.weight.grad)
total = torch.nn.utils.clip_grad_norm_(m.parameters(), max_norm=1.0)
print(total, m.weight.grad)
print(torch.nn.utils.clip_grad_norm_(m.parameters(), 0.1, norm_type=float("inf")))
torch.nn.utils.clip_grad_value_(m.parameters(), 0.01)
print(m.weight.grad)
v = torch.nn.utils.parameters_to_vector(m.parameters())
print(v)
torch.nn.utils.vector_to_parameters(torch.zeros(10), m.parameters())
print(m.weight)
for p in m.parameters():
    p.grad.data.clamp_(-1e-3, 1e-3)
print(m.bias.grad)
