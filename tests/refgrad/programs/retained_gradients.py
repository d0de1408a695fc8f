import torch
import torch.nn.functional as F

x = torch.ones(1, 3)
W = torch.ones(3, 2, requires_grad=True)
b = torch.ones(1, 2, requires_grad=True)
y = torch.ones(1, 2)
z = (x @ W) + b
y_pred = F.relu(z)
loss = F.mse_loss(y_pred, y)
print(f"{x.is_leaf=}")
print(f"{z.is_leaf=}")
print(f"{W.is_leaf=}")
print(f"{x.grad_fn=}")
print(f"{z.grad_fn=}")
print(f"{y_pred.grad_fn=}")
loss.backward()
print(f"{W.grad=}")
print(f"{b.grad=}")
print(f"{z.grad=}")
W.grad = None
b.grad = None
z = (x @ W) + b
y_pred = F.relu(z)
loss = F.mse_loss(y_pred, y)
W.retain_grad()
z.retain_grad()
y_pred.retain_grad()
loss.retain_grad()
loss.backward()
print(f"{W.retains_grad=}")
print(f"{z.retains_grad=}")
print(f"{z.grad=}")
print(f"{y_pred.grad=}")
print(f"{loss.grad=}")
