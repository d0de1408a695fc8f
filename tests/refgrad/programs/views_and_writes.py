import torch

t = torch.rand(4, 4)
b = t.view(2, 8)
print(t.untyped_storage().data_ptr() == b.untyped_storage().data_ptr())
print(t.untyped_storage().data_ptr() == b.untyped_storage().data_ptr())
b[0][0] = 3.14
print(t[0][0])
base = torch.tensor([[0, 1], [2, 3]])
print(base.is_contiguous())
t = base.transpose(0, 1)
print(t.is_contiguous(), t._is_view(), t._base is base, t.contiguous())
a = torch.rand(3, requires_grad=True)
bb = a.clone()
c = bb[:2]
c.mul_(2)
print(bb.grad_fn, c.grad_fn)
bb.sum().backward()
print(a.grad)
d = a * 1
e, f = d.split([1, 2])
try:
    e.add_(1)
except Exception as ex:
    print(type(ex).__name__, ex)
for v in d.unbind():
    try:
        v.mul_(2)
    except Exception as ex:
        print(type(ex).__name__, ex)
        break
with torch.no_grad():
    w = d[:1]
try:
    w.add_(1)
except Exception as ex:
    print(type(ex).__name__, ex)
x = torch.zeros(2)
y = x.detach()
y += 1
print(x)
x.data += 1
print(y, x._version, y._version)
x = torch.ones(2, requires_grad=True)
y = x.exp()
x.data.zero_()
y.sum().backward()
print(x.grad)
p = torch.ones(3, requires_grad=True)
with torch.no_grad():
    p[0] = 5
    p.mul_(2)
print(p, p._version)
