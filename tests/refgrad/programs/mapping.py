import torch
from torch.func import vmap, grad, jacrev, jvp, vjp


def t(name, f):
    try:
        print(name, f())
    except BaseException as e:
        print(name, type(e).__name__, str(e).splitlines()[0])


x = torch.arange(6.0).reshape(2, 3)
y = torch.arange(3.0)
t("none", lambda: vmap(lambda a, b: a + b, in_dims=(0, None))(x, y))
t("dim1", lambda: vmap(lambda a: a.sum(), in_dims=1)(x))
t("neg", lambda: vmap(lambda a: a.sum(), in_dims=-1)(x))
t("out1", lambda: vmap(lambda a: a * 2, out_dims=1)(x))
t("outneg", lambda: vmap(lambda a: a * 2, out_dims=-1)(x))
t("outs", lambda: vmap(lambda a: (a, a.sum()), out_dims=(1, 0))(x))
t("outdim range", lambda: vmap(lambda a: a, out_dims=3)(x))
t("outnone", lambda: vmap(lambda a: (a, y), out_dims=(0, None))(x))
t("outnone batched", lambda: vmap(lambda a: a, out_dims=None)(x))
t("unbatched out", lambda: vmap(lambda a: y)(x))
t("dict out", lambda: vmap(lambda a: {"k": a, "l": [a.sum()]})(x))
t("dict in", lambda: vmap(lambda d: d["a"] + d["b"], in_dims=({"a": 0, "b": None},))({"a": x, "b": y}))
t("in list", lambda: vmap(lambda a, b: a + b, in_dims=[0, 0])(x, x))
t("in str", lambda: vmap(lambda a: a, in_dims="a")(x))
t("in range", lambda: vmap(lambda a: a, in_dims=2)(x))
t("in nonint", lambda: vmap(lambda a: a, in_dims=(1.5,))(x))
t("all none", lambda: vmap(lambda a: a, in_dims=None)(x))
t("all none2", lambda: vmap(lambda a: a, in_dims=(None,))(x))
t("no inputs", lambda: vmap(lambda: x)())
t("non tensor", lambda: vmap(lambda a, b: a * b)(x, 3))
t("non tensor ok", lambda: vmap(lambda a, b: a * b, in_dims=(0, None))(x, 3))
t("sizes", lambda: vmap(lambda a, b: a.sum() + b.sum())(x, torch.ones(3)))
t("0d", lambda: vmap(lambda a: a)(torch.tensor(1.0)))
t("empty", lambda: vmap(lambda a: a * 2)(torch.ones(0, 3)))
t("chunk", lambda: vmap(lambda a: a * 2, chunk_size=1)(x))
t("chunk0", lambda: vmap(lambda a: a * 2, chunk_size=0)(x))
t("chunkneg", lambda: vmap(lambda a: a * 2, chunk_size=-1)(x))
t("nested", lambda: vmap(vmap(lambda a, b: a * b, in_dims=(None, 0)), in_dims=(0, None))(y, y))
t("vgrad", lambda: vmap(grad(lambda a: a.sin().sum()))(x))
t("gradv", lambda: grad(lambda a: vmap(torch.sin)(a).sum())(x))
t("vvjp", lambda: vmap(lambda g: vjp(torch.sin, y)[1](g)[0])(torch.eye(3)))
t("vjvp", lambda: vmap(lambda v: jvp(torch.sin, (y,), (v,))[1])(torch.eye(3)))
t("vjac", lambda: vmap(jacrev(lambda a: a * a))(x))
t("kwargs", lambda: vmap(lambda a, b=None: a + b)(x, b=x))
t("kwargs2", lambda: vmap(lambda a, b=None: a + b)(x, b=3.0))
t("return none", lambda: vmap(lambda a: None)(x))
t("return float", lambda: vmap(lambda a: 1.0)(x))
t("return int", lambda: vmap(lambda a: (a, 1))(x))
t("inplace batched", lambda: vmap(lambda a: a.add_(1))(x.clone()))
z = x.clone()
t("inplace view", lambda: (vmap(lambda a: a.mul_(2))(z), z))
t(
    "same",
    lambda: (lambda r: (r == r[0]).all())(vmap(lambda a: a + torch.randn(3), randomness="same")(torch.zeros(2, 3))),
)
t(
    "diff",
    lambda: (lambda r: (r == r[0]).all())(
        vmap(lambda a: a + torch.randn(3), randomness="different")(torch.zeros(2, 3))
    ),
)
t("err", lambda: vmap(lambda a: a + torch.rand(()))(x))
t("drop", lambda: vmap(lambda a: torch.nn.functional.dropout(a))(x))
t("bad", lambda: vmap(lambda a: a, randomness="foo")(x))
t("size inside", lambda: vmap(lambda a: torch.tensor(float(a.dim())) + a.numel() + a.shape[0])(x))
t("index", lambda: vmap(lambda a, i: a[i])(x, torch.tensor([0, 2])))
t("where", lambda: vmap(lambda a: torch.where(a > 1, a, 0.0))(x))
t("max", lambda: vmap(lambda a: a.max())(x))
t("matmul", lambda: vmap(torch.mv, in_dims=(None, 0))(torch.ones(2, 3), x))
t("requires", lambda: vmap(lambda a: a * 2)(x.clone().requires_grad_()).requires_grad)
t("no_grad", lambda: torch.no_grad()(vmap(lambda a: a * 2))(x.clone().requires_grad_()).requires_grad)
t("decorator", lambda: vmap(torch.dot)(x, x))
t("method", lambda: torch.vmap(torch.nn.Linear(3, 1))(x).shape)
t("tuple in", lambda: vmap(lambda p: p[0] * p[1], in_dims=((0, None),))((x, y)))
t("dtype", lambda: vmap(lambda a: a.long())(x).dtype)
t("bn", lambda: vmap(lambda a: torch.stack([a, a]))(x).shape)
t("name", lambda: vmap(torch.sin).__name__)


def named(a):
    "doc"
    return a


t("name2", lambda: (vmap(named).__name__, vmap(named).__doc__))
t("len", lambda: vmap(lambda a: torch.ones(len(a)))(x).shape)
t("iter", lambda: vmap(lambda a: sum(a))(x))
