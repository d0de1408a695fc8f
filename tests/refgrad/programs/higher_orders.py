import torch

x = torch.tensor(2.0, requires_grad=True)
y = x**4
gs = []
g = y
for _ in range(5):
    (g,) = torch.autograd.grad(g, x, create_graph=True)
    gs.append(g)
print(gs)
x = torch.randn(3, requires_grad=True)
z = torch.randn(3, requires_grad=True)
print(torch.autograd.grad((x * x).sum(), [x, z], allow_unused=True))
print(torch.autograd.grad((x * x).sum(), [x, z], materialize_grads=True))
print(torch.autograd.grad(x * 2, x, torch.eye(3), is_grads_batched=True))
try:
    torch.autograd.grad((x * x).sum(), [x, z])
except Exception as e:
    print(type(e).__name__, e)
y = (x * z).sum()
y.backward(inputs=[x])
print(x.grad, z.grad)
y = x * z
torch.autograd.backward([y.sum(), (y * y).sum()])
print(x.grad)
a = torch.randn(2, requires_grad=True)
b = a * 2
b.retain_grad()
c = b * 3
c.sum().backward()
print(b.grad, a.grad)
y = (a * a).sum()
y.backward(create_graph=True)
print(a.grad)
e = torch.autograd.graph.get_gradient_edge(a)
print(e.output_nr, type(e.node).__name__)
print(torch.autograd.functional.jacobian(lambda q: q**2, torch.ones(2), vectorize=True, strategy="forward-mode"))
print(torch.autograd.functional.hessian(lambda q, w: (q * w).sum(), (torch.ones(2), torch.ones(2))))
print(torch.autograd.functional.jvp(lambda q: q**2, torch.ones(2), torch.ones(2), create_graph=False))
print(torch.func.jacrev(lambda p: p["a"] * p["b"])({"a": torch.ones(2), "b": torch.ones(2) * 3}))
print(torch.func.vmap(torch.func.hessian(lambda q: (q**3).sum()))(torch.ones(2, 2)))
print(
    torch.func.vmap(lambda a, b: a @ b, in_dims=(0, None))(torch.ones(2, 3), torch.ones(3)),
    torch.vmap(lambda d: {"s": d["x"].sum(), "t": (d["x"], d["y"])}, in_dims=({"x": 0, "y": None},))(
        {"x": torch.ones(2, 3), "y": torch.ones(1)}
    ),
)
