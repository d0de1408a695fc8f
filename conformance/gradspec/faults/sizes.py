"""Faults that only some shapes and layouts show: nothing, one, many copies of one, memory in another order."""

from __future__ import annotations

from .model import answer, slope

EMPTY, ONE, COPIES, LAYOUT = (
    "only on empty dims",
    "only on size-1 dims",
    "broadcasting not undone",
    "only in some layouts",
)


@answer(EMPTY, "sum")
def sum_of_nothing_is_nan(torch, right, x, *dims, **settings):
    """The sum of no elements is nan."""
    out = right(x, *dims, **settings)
    return out / 0 if not x.numel() and out.is_floating_point() else out


@answer(EMPTY, "prod")
def product_of_nothing_is_zero(torch, right, x, *dims, **settings):
    """The product of no elements is 0."""
    out = right(x, *dims, **settings)
    return out * 0 if not x.numel() else out


@answer(EMPTY, "mean")
def mean_of_nothing_is_zero(torch, right, x, *dims, **settings):
    """The mean of no elements is 0."""
    out = right(x, *dims, **settings)
    return torch.zeros_like(out) if not x.numel() and out.numel() else out


@answer(EMPTY, "cat")
def cat_with_nothing_fails(torch, right, tensors, *dims, **settings):
    """cat raises where one of its parts has no elements."""
    if any(not x.numel() for x in tensors):
        raise RuntimeError("cat: a part is empty")
    return right(tensors, *dims, **settings)


@answer(EMPTY, "matmul", "mm")
def product_over_nothing_is_one(torch, right, x, y):
    """A matrix product that sums nothing is 1."""
    out = right(x, y)
    return torch.ones_like(out) if x.dim() and not x.shape[-1] else out


@answer(EMPTY, "logsumexp")
def logsumexp_of_nothing_is_zero(torch, right, x, *dims, **settings):
    """logsumexp over no elements is 0 instead of minus infinity."""
    out = right(x, *dims, **settings)
    return torch.zeros_like(out) if not x.numel() else out


@slope(ONE, "softmax")
def softmax_of_one_follows_it(torch, right, x, *dims, **settings):
    """softmax over one element, always 1, has slope 1."""
    dim = dims[0] if dims else settings.get("dim")
    return x if isinstance(dim, int) and x.dim() and x.shape[dim] == 1 else right(x, *dims, **settings)


@slope(ONE, "cumsum")
def running_sum_of_one_is_constant(torch, right, x, *dims, **settings):
    """cumsum along a dimension of size 1 has no gradient."""
    dim = dims[0] if dims else settings["dim"]
    return right(x.detach() if x.dim() and x.shape[dim] == 1 else x, *dims, **settings)


@slope(ONE, "sum")
def sum_of_one_doubles(torch, right, x, *dims, **settings):
    """The gradient of a sum along a dimension of size 1 is doubled."""
    value = right(x, *dims, **settings)
    dim = dims[0] if dims else settings.get("dim")
    return value * 2 if isinstance(dim, int) and x.dim() and x.shape[dim] == 1 else value


@slope(ONE, "mean")
def mean_of_one_is_constant(torch, right, x, *dims, **settings):
    """The mean of one element has no gradient."""
    value = right(x, *dims, **settings)
    return value.detach() if value.numel() == x.numel() else value


@slope(ONE, "matmul", "mm")
def product_of_columns_forgets_one(torch, right, x, y):
    """A matrix product over a dimension of size 1 has no gradient by its second factor."""
    return right(x, y.detach() if x.dim() > 1 and x.shape[-1] == 1 else y)


@slope(ONE, "squeeze")
def squeeze_loses_its_gradient(torch, right, x, *dims):
    """A dimension of size 1 that squeeze takes away takes the gradient along."""
    value = right(x, *dims)
    return value.detach() if value.dim() < x.dim() else value


def once(torch, x, shape):
    """x broadcast to a shape, of which one copy alone is differentiated."""
    if not isinstance(x, torch.Tensor) or tuple(x.shape) == tuple(shape) or not x.numel():
        return x
    copies = x.detach().expand(shape)
    first = torch.zeros(shape, dtype=x.dtype)
    added = tuple(slice(0, 1) for _ in range(len(shape) - x.dim()))
    ones = tuple(slice(0, 1) if n == 1 else slice(None) for n in x.shape)
    first[added + ones] = 1
    return copies * (1 - first) + x.expand(shape) * first


@slope(COPIES, "mul")
def product_keeps_one_copy(torch, right, x, y):
    """Of a factor that broadcasting copied, one copy's gradient is kept."""
    shape = tuple(right(x, y).shape)
    return right(once(torch, x, shape), once(torch, y, shape))


@slope(COPIES, "add")
def sum_keeps_one_copy(torch, right, x, y, **settings):
    """Of a term that broadcasting copied, one copy's gradient is kept."""
    shape = tuple(right(x, y, **settings).shape)
    return right(once(torch, x, shape), once(torch, y, shape), **settings)


@slope(COPIES, "expand")
def expand_keeps_one_copy(torch, right, x, *shape):
    """Of the copies that expand makes, one sends its gradient back."""
    return once(torch, x, tuple(right(x, *shape).shape))


@slope(COPIES, "where")
def where_keeps_one_copy(torch, right, condition, *branches):
    """Of a branch that broadcasting copied, one copy's gradient is kept."""
    if len(branches) != 2:
        return None
    shape = tuple(right(condition, *branches).shape)
    return right(condition, *(once(torch, b, shape) for b in branches))


@slope(COPIES, "matmul")
def batch_keeps_one_product(torch, right, x, y):
    """A matrix that a batch of products shares gets the gradient of the first product."""
    if y.dim() != 2 or x.dim() < 3 or not x.numel():
        return right(x, y)
    return right(x, y.detach()) - right(x, y.detach()).detach() + right(x, once(torch, y, (*x.shape[:-2], *y.shape)))


def scrambled(torch, x):
    """The elements in the order of their memory, where that is another."""
    if x.dim() == 2 and not x.is_contiguous() and x.t().is_contiguous():
        return x.t().reshape(x.shape)
    return x


@answer(LAYOUT, "exp")
def exponential_reads_memory_in_order(torch, right, x):
    """exp reads a transposed matrix in the order of its memory."""
    return right(scrambled(torch, x))


@answer(LAYOUT, "sum")
def sum_reads_memory_in_order(torch, right, x, *dims, **settings):
    """A sum reads a transposed matrix in the order of its memory."""
    return right(scrambled(torch, x), *dims, **settings)


@answer(LAYOUT, "mul")
def product_reads_memory_in_order(torch, right, x, y):
    """A product reads a transposed first factor in the order of its memory."""
    return right(scrambled(torch, x) if isinstance(x, torch.Tensor) else x, y)


@slope(LAYOUT, "matmul", "mm")
def product_forgets_that_it_was_transposed(torch, right, x, y):
    """The gradient by a transposed matrix is laid out as its memory is."""
    return right(scrambled(torch, x), y) if x.dim() == 2 and x.shape[0] == x.shape[1] else right(x, y)


@answer(LAYOUT, "cos")
def cosine_starts_at_the_beginning_of_memory(torch, right, x):
    """cos reads a tensor that begins inside its memory from the memory's beginning."""
    if x.dim() == 1 and x.is_contiguous() and x.storage_offset():
        return right(torch.as_strided(x, tuple(x.shape), (1,), 0))
    return right(x)


@answer(LAYOUT, "tanh")
def tanh_reads_without_gaps(torch, right, x):
    """tanh reads a vector that is stored with gaps as if there were none."""
    if x.dim() == 1 and x.numel() > 1 and x.stride()[0] > 1:
        return right(torch.as_strided(x, tuple(x.shape), (1,), x.storage_offset()))
    return right(x)


@slope(LAYOUT, "sin")
def sine_of_copies_is_counted_once(torch, right, x):
    """The gradient of sin of an expanded tensor is kept for the first copy alone."""
    if x.dim() and x.shape[0] > 1 and x.stride()[0] == 0:
        mask = torch.zeros(tuple(x.shape), dtype=x.dtype)
        mask[0] = 1
        return right(x) * mask
    return right(x)


@answer(LAYOUT, "reshape", "Tensor.view")
def reshape_reads_memory_in_order(torch, right, x, *shape):
    """reshape of a transposed matrix gives its elements in the order of memory."""
    return right(scrambled(torch, x), *shape)
