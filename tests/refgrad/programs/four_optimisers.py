import torch
from torch import nn

x = torch.randn(8, 3)
y = torch.randn(8, 1)
for cls, kw in (
    (torch.optim.Adam, {}),
    (torch.optim.Adam, dict(amsgrad=True, weight_decay=0.1)),
    (torch.optim.AdamW, {}),
    (torch.optim.RMSprop, dict(momentum=0.9, centered=True)),
    (torch.optim.SGD, dict(lr=0.1, nesterov=True, momentum=0.5)),
):
    torch.manual_seed(1)
    m = nn.Linear(3, 1)
    o = cls(m.parameters(), **kw)
    for _ in range(4):
        o.zero_grad()
        l = (m(x) - y).pow(2).mean()
        l.backward()
        o.step()
    print(cls.__name__, l.item(), m.weight)
    print(o)
    print(
        {
            k: (v if not isinstance(v, torch.Tensor) or v.numel() == 1 else v.shape)
            for k, v in o.state_dict()["state"][0].items()
        }
    )
