import torch

torch.manual_seed(2)
A = torch.randn(4, 4, dtype=torch.double)
A = A @ A.T + torch.eye(4, dtype=torch.double)
theta = torch.randn(4, dtype=torch.double, requires_grad=True)


def inner(w, theta):
    return 0.5 * w @ A @ w - theta @ w + 0.1 * w.pow(4).sum()


w = torch.zeros(4, dtype=torch.double, requires_grad=True)
for _ in range(200):
    (g,) = torch.autograd.grad(inner(w, theta), w)
    with torch.no_grad():
        w -= 0.05 * g
print(w, g.norm() < 1e-6)
outer = w.sin().sum()
(v,) = torch.autograd.grad(outer, w)
(g,) = torch.autograd.grad(inner(w, theta), w, create_graph=True)


def hvp(p):
    return torch.autograd.grad(g, w, p, retain_graph=True)[0]


x = torch.zeros_like(v)
r = v.clone()
p = r.clone()
for _ in range(4):
    Ap = hvp(p)
    al = r @ r / (p @ Ap)
    x = x + al * p
    rn = r - al * Ap
    p = rn + (rn @ rn) / (r @ r) * p
    r = rn
(implicit,) = torch.autograd.grad(g, theta, -x)
print(implicit)
print(torch.autograd.functional.hvp(lambda q: inner(q, theta.detach()), w.detach(), v))
H = torch.autograd.functional.hessian(lambda q: inner(q, theta.detach()), w.detach())
print(torch.linalg.solve(H, v))
print(torch.autograd.functional.vhp(lambda q: inner(q, theta.detach()), w.detach(), v)[1])
