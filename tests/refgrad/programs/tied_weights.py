import torch
from torch import nn


class LM(nn.Module):
    def __init__(self, V, H):
        super().__init__()
        self.emb = nn.Embedding(V, H)
        self.out = nn.Linear(H, V, bias=False)
        self.out.weight = self.emb.weight

    def forward(self, i):
        return self.out(torch.tanh(self.emb(i)))


m = LM(7, 3)
print(m, len(list(m.parameters())), [n for n, _ in m.named_parameters()], list(m.state_dict()))
i = torch.tensor([1, 2, 2, 6])
loss = nn.functional.cross_entropy(m(i), torch.tensor([2, 2, 6, 0]))
loss.backward()
print(loss.item(), m.emb.weight.grad)
e = nn.Embedding(5, 2, padding_idx=0)
print(e.weight, e)
e(torch.tensor([[0, 1], [3, 0]])).sum().backward()
print(e.weight.grad)
