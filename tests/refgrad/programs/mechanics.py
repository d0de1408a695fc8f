import torch

a = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.no_grad():
    b = a * 2
print(b, b.requires_grad, b.is_leaf)
with torch.inference_mode():
    c = torch.ones(2)
print(c.is_inference())
try:
    (a * c)
except Exception as e:
    print(type(e).__name__, e)
try:
    c.add_(1)
except Exception as e:
    print(type(e).__name__, e)
x = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
loss = (x.abs() ** 2).sum()
loss.backward()
print(x.grad, 2 * x)
y = torch.view_as_real(x)
print(y, y.grad_fn)
z = torch.tensor(0.0, requires_grad=True)
torch.sqrt(z * 0).backward()
print(z.grad)
x = torch.tensor([0.0, 1.0], requires_grad=True)
y = torch.where(x == 0, torch.zeros_like(x), x / x)
y.sum().backward()
print(x.grad)
y = torch.div(x, x)
mask = x != 0
x2 = torch.tensor([0.0, 1.0], requires_grad=True)
loss = torch.where(mask, x2.log(), 0.0).sum()
loss.backward()
print(x2.grad)
for f in ("relu", "abs", "sign", "ceil"):
    t = torch.tensor([0.0, -1.0, 2.0], requires_grad=True)
    getattr(torch, f)(t).sum().backward()
    print(f, t.grad)
t = torch.tensor([1.0, 3.0, 3.0], requires_grad=True)
t.max().backward()
print(t.grad)
t.grad = None
t.max(0).values.backward()
print(t.grad)
