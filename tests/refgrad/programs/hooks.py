import torch

t = torch.tensor(1.0, requires_grad=True).sin()
t.register_hook(lambda g: print("h1", g))
t.retain_grad()
t.register_hook(lambda g: g * 2)
t.cos().backward()
print(t.grad)
p = torch.nn.Parameter(torch.ones(2))
h = p.register_post_accumulate_grad_hook(lambda p: print("post", p, p.grad))
(p * 3).sum().backward()
h.remove()
(p * 3).sum().backward()
print(p.grad, h)
x = torch.ones(2, requires_grad=True)
y = x * 2


def pre(gs):
    print("pre", gs)
    return (gs[0] + 1,)


def post(gi, go):
    print("post", gi, go)


h1 = y.grad_fn.register_prehook(pre)
h2 = y.grad_fn.register_hook(post)
y.sum().backward()
print(x.grad, x)
a = torch.rand(2, 3, requires_grad=True)
b = torch.rand(2, 3, requires_grad=True)


def fn(grads):
    print("multi", [g is not None for g in grads])


torch.autograd.graph.register_multi_grad_hook((a, b, a * b), fn)
(a + b).sum().backward()
torch.autograd.graph.register_multi_grad_hook((a, b), lambda g: print("any", g.shape), mode="any")
(a + b).sum().backward()
try:
    torch.autograd.graph.register_multi_grad_hook((a, b), fn, mode="bogus")
except Exception as e:
    print(type(e).__name__, e)
node = torch.autograd.graph.get_gradient_edge(y).node
print(node, node.metadata, node.name())
print(isinstance(node, torch.autograd.graph.Node))
print([n for n in dir(node) if not n.startswith("_")])
