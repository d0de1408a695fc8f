import torch
from torch import nn

cell = nn.LSTMCell(3, 4)
h, c = torch.zeros(2, 4), torch.zeros(2, 4)
for _ in range(3):
    h, c = cell(torch.randn(2, 3), (h, c))
print(cell, h)
h.sum().backward()
print(cell.weight_ih.grad.sum(), cell.bias_hh.grad)
g = nn.GRUCell(3, 4)
print(g, g(torch.randn(2, 3)))
r = nn.RNNCell(3, 4, nonlinearity="relu")
print(r, r(torch.randn(2, 3), torch.zeros(2, 4)))
