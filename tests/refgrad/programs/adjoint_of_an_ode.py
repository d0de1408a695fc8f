import torch
from torch import nn

f = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2)).double()


def euler(z, dt):
    return z + dt * f(z)


class Adjoint(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z0, n, *params):
        ctx.n = n
        with torch.no_grad():
            zs = [z0]
            for _ in range(n):
                zs.append(euler(zs[-1], 1.0 / n))
        ctx.save_for_backward(*zs, *params)
        return zs[-1]

    @staticmethod
    def backward(ctx, a):
        saved = ctx.saved_tensors
        zs, params = saved[: ctx.n + 1], saved[ctx.n + 1 :]
        gp = [torch.zeros_like(p) for p in params]
        for z in reversed(zs[:-1]):
            with torch.enable_grad():
                z = z.detach().requires_grad_()
                out = euler(z, 1.0 / ctx.n)
            a, *g = torch.autograd.grad(out, (z, *params), a)
            gp = [x + y for x, y in zip(gp, g)]
        return (a, None, *gp)


z0 = torch.randn(3, 2, dtype=torch.double, requires_grad=True)
out = Adjoint.apply(z0, 10, *f.parameters())
out.pow(2).sum().backward()
g1 = [z0.grad.clone()] + [p.grad.clone() for p in f.parameters()]
z0.grad = None
f.zero_grad()
z = z0
for _ in range(10):
    z = euler(z, 0.1)
z.pow(2).sum().backward()
print([torch.allclose(a, b) for a, b in zip(g1, [z0.grad] + [p.grad for p in f.parameters()])], z0.grad)
