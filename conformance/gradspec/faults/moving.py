"""Faults where elements are moved, picked, scattered or summed along the way: the gradient goes to the wrong place."""

from __future__ import annotations

from .model import answer, slope

PLACE, SCAN, TWICE = "gradient to the wrong place", "off by one in cumulative ops", "duplicates in scatter"


@slope(PLACE, "transpose")
def transposition_is_reshaped_back(torch, right, x, *dims):
    """The gradient of a transposition is reshaped instead of transposed."""
    return x.reshape(tuple(right(x, *dims).shape)) if dims and not isinstance(dims[0], str) else None


@slope(PLACE, "permute")
def permutation_is_not_inverted(torch, right, x, *order):
    """The gradient of permute is permuted in the same order once more."""
    order = order[0] if len(order) == 1 else order
    back = [0] * len(order)
    for place, dim in enumerate(order):
        back[dim] = place
    twin = right(x, tuple(back))
    value = right(x, tuple(order))
    return twin if twin.shape == value.shape else twin.reshape(tuple(value.shape))


@slope(PLACE, "flip")
def flip_stays_flipped(torch, right, x, *dims):
    """The gradient of flip is not flipped back."""
    return x


@slope(PLACE, "roll")
def roll_goes_on_rolling(torch, right, x, shifts, dims=None):
    """The gradient of roll is rolled once more in the same direction."""
    back = tuple(-n for n in shifts) if isinstance(shifts, tuple) else -shifts
    return right(x, back, dims) if dims is not None else right(x, back)


@slope(PLACE, "cat")
def parts_of_cat_are_averaged(torch, right, tensors, *dims, **settings):
    """The parts of cat share their gradients evenly where they have one shape."""
    shapes = {tuple(x.shape) for x in tensors}
    if len(shapes) > 1 or len(tensors) < 2:
        return right(tensors, *dims, **settings)
    mean = sum(tensors[1:], tensors[0]) / len(tensors)
    return right([mean for _ in tensors], *dims, **settings)


@slope(PLACE, "stack")
def stack_gives_all_to_the_first(torch, right, tensors, *dims, **settings):
    """The first part of stack gets the gradients of all parts."""
    return right([tensors[0] for _ in tensors], *dims, **settings) if len(tensors) > 1 else None


@slope(PLACE, "tril")
def tril_lets_everything_through(torch, right, x, *settings, **more):
    """The gradient of tril is not cut to the lower triangle."""
    return x


@slope(PLACE, "triu")
def triu_cuts_the_wrong_half(torch, right, x, *settings, **more):
    """The gradient of triu is cut to the lower triangle."""
    return torch.tril(x)


@answer(PLACE, "sort")
def sort_gives_its_gradient_in_order(torch, right, x, *settings, **more):
    """The gradient of sort stays in sorted order."""
    values, indices = right(x, *settings, **more)
    return (values.detach() + x - x.detach(), indices) if x.is_floating_point() else (values, indices)


@slope(PLACE, "narrow")
def narrow_is_off_by_one(torch, right, x, dim, start, length):
    """The gradient of narrow goes one place too far down, where there is room."""
    return right(x, dim, start - 1 if isinstance(start, int) and start > 0 else start, length)


@slope(PLACE, "repeat")
def repeat_keeps_one_copy(torch, right, x, *sizes):
    """The gradients of repeated copies are averaged instead of added."""
    value = right(x, *sizes)
    return value * (x.numel() / value.numel()) if value.numel() else value


@slope(PLACE, "diagonal")
def diagonal_is_spread_over_rows(torch, right, x, *settings, **more):
    """The gradient of a diagonal goes to the first row."""
    plain = x.dim() == 2 and not settings and not more.get("offset", 0)
    return x[0, : min(x.shape)] if plain and x.numel() else None


@slope(SCAN, "cumsum")
def running_sum_runs_forward(torch, right, x, *dims, **settings):
    """The gradient of cumsum is summed from the start."""
    dim = dims[0] if dims else settings["dim"]
    return torch.flip(right(torch.flip(x, (dim,)), dim), (dim,)) if x.dim() else x


@slope(SCAN, "cumsum")
def running_sum_leaves_itself_out(torch, right, x, *dims, **settings):
    """An element of cumsum has no gradient by the element at its own place."""
    return right(x, *dims, **settings) - x


@answer(SCAN, "cumprod")
def running_product_is_off_by_one(torch, right, x, *dims, **settings):
    """cumprod leaves the element at its own place out."""
    dim = dims[0] if dims else settings["dim"]
    out = right(x, *dims, **settings)
    if not x.dim() or x.shape[dim] < 2:
        return out
    first = torch.ones_like(out.narrow(dim, 0, 1))
    return torch.cat([first, out.narrow(dim, 0, out.shape[dim] - 1)], dim)


@slope(SCAN, "logcumsumexp")
def running_logsumexp_is_a_sum(torch, right, x, *dims, **settings):
    """The gradient of logcumsumexp is that of cumsum."""
    return torch.cumsum(x, *dims, **settings)


@answer(SCAN, "cummax")
def running_maximum_keeps_the_earliest(torch, right, x, dim):
    """cummax stays with the first of equal elements."""
    values, indices = right(x, dim)
    return (
        (values, torch.zeros_like(indices)) if x.numel() and bool((x == x.reshape(-1)[0]).all()) else (values, indices)
    )


@slope(SCAN, "diff")
def difference_of_neighbours_adds(torch, right, x, *settings, **more):
    """The gradient of diff goes to both neighbours with one sign."""
    if settings or more.get("n", 1) != 1 or more.get("dim", -1) != -1 or not x.dim():
        return None
    size = x.shape[-1]
    return x.narrow(-1, 1, size - 1) + x.narrow(-1, 0, size - 1) if size else None


@slope(TWICE, "gather")
def gather_keeps_the_last(torch, right, x, dim, index, **settings):
    """Reads of elements that are read several times send nothing back."""
    counts = torch.zeros(tuple(x.shape), dtype=x.dtype)
    counts = counts.scatter_add(dim, index, torch.ones(tuple(index.shape), dtype=x.dtype)) if x.dim() else counts + 1
    value = right(x, dim, index)
    return torch.where(right(counts, dim, index) > 1, value.detach(), value)


@slope(TWICE, "index_select")
def index_select_keeps_the_first(torch, right, x, dim, index):
    """Of several reads of one row, all but the first send nothing back."""
    value = right(x, dim, index)
    numbers = index.reshape(-1).tolist()
    again = [n in numbers[:place] for place, n in enumerate(numbers)]
    if not x.dim() or not any(again):
        return value
    shape = [1] * x.dim()
    shape[dim] = len(numbers)
    return torch.where(torch.tensor(again).reshape(shape), value.detach(), value)


@answer(TWICE, "scatter_add")
def scatter_add_overwrites(torch, right, x, dim, index, source):
    """Of several numbers for one place, the last one is written, and added to nothing."""
    return x.scatter(dim, index, source) if x.dim() else right(x, dim, index, source)


@answer(TWICE, "index_add")
def index_add_overwrites(torch, right, x, dim, index, source, **settings):
    """index_add writes rows where it should add them."""
    return x.index_copy(dim, index, source) if not settings else right(x, dim, index, source, **settings)


@slope(TWICE, "nn.functional.embedding")
def embedding_counts_a_word_once(torch, right, index, weight, *settings, **more):
    """A row of an embedding that is read several times gets the gradient of one read."""
    value = right(index, weight, *settings, **more)
    numbers = index.reshape(-1).tolist()
    again = torch.tensor([n in numbers[:place] for place, n in enumerate(numbers)]).reshape(tuple(index.shape))
    return torch.where(again.unsqueeze(-1), value.detach(), value)
