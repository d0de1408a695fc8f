import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
opt = torch.optim.SGD(
    [{"params": model[0].parameters(), "lr": 0.1}, {"params": model[2].parameters()}],
    lr=0.01,
    momentum=0.9,
    weight_decay=1e-3,
)
sched = torch.optim.lr_scheduler.StepLR(opt, step_size=2, gamma=0.5)
x, y = torch.randn(16, 4), torch.randint(2, (16,))
lf = nn.CrossEntropyLoss()
for epoch in range(5):
    opt.zero_grad()
    loss = lf(model(x), y)
    loss.backward()
    opt.step()
    sched.step()
    print(epoch, loss.item(), sched.get_last_lr())
print(opt)
sd = opt.state_dict()
print(sd["param_groups"])
print(sorted(sd["state"]), {k: v.shape for k, v in sd["state"][0].items()}, sd["state"][0]["momentum_buffer"][0])
model2 = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
print(model2.load_state_dict(model.state_dict()))
opt2 = torch.optim.SGD(
    [{"params": model2[0].parameters(), "lr": 0.1}, {"params": model2[2].parameters()}], lr=0.01, momentum=0.9
)
opt2.load_state_dict(sd)
print(opt2.param_groups[0]["lr"], opt2.param_groups[1]["weight_decay"])
for m, o in ((model, opt), (model2, opt2)):
    o.zero_grad()
    lf(m(x), y).backward()
    o.step()
    print(lf(m(x), y).item())
