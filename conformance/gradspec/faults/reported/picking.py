"""Reported slips where elements are ordered, counted, repeated, scattered or laid out."""

from __future__ import annotations

from ..model import answer, seen, slope
from ..sizes import once, scrambled

TIE, ZERO, RULE = "only on ties and kinks", "only at zeros and infinities", "wrong rule"
PLACE, SCAN, TWICE = "gradient to the wrong place", "off by one in cumulative ops", "duplicates in scatter"
COPIES, LAYOUT, SETTING = "broadcasting not undone", "only in some layouts", "setting ignored backward"


def renewed(out, first):
    """A result of several parts with another first part, of the same type."""
    if hasattr(out, "_replace"):
        return out._replace(**{out._fields[0]: first})
    return type(out)((first, *out[1:]))


def first_reads(torch, numbers, dtype):
    """1 where a number is there for the first time, 0 where it is there again, in one row."""
    return torch.tensor([float(n not in numbers[:place]) for place, n in enumerate(numbers)], dtype=dtype)


def half(torch, value, mask):
    """The value, differentiated where the mask is 1 alone."""
    return value * mask + value.detach() * (1 - mask)


@slope(TIE, "linalg.vector_norm", "norm", after="pytorch/pytorch#41779")
def largest_of_a_norm_is_counted_for_each(torch, right, x, ord=2.0, dim=None, keepdim=False, **settings):
    """Each of the elements that equal a maximum norm gets the whole gradient."""
    ord = settings.pop("p", ord)
    if ord != float("inf") or x.is_complex() or dim is None or settings or not x.dim():
        return None
    size = abs(x)
    best = torch.amax(size, dim, True)
    return torch.sum(torch.where(size == best, size, torch.zeros_like(x)), dim, keepdim)


@slope(ZERO, "cumprod", after="tensorflow/tensorflow#3862")
def running_product_divides_by_its_elements(torch, right, x, *dims, **settings):
    """The gradient of cumprod is divided by the elements: none behind a 0."""
    out = right(x, *dims, **settings)
    return out.detach() * torch.cumsum(x / x.detach(), *dims, **settings) if x.is_floating_point() else out


@answer(SCAN, "cummin")
def running_minimum_keeps_the_earliest(torch, right, x, dim):
    """cummin stays with the first of equal elements."""
    out = right(x, dim)
    if not x.dim() or x.shape[dim] < 2:
        return out
    rows, indices = [out[1].select(dim, 0)], out[1]
    for n in range(1, x.shape[dim]):
        same = out[0].select(dim, n) == out[0].select(dim, n - 1)
        rows.append(torch.where(same, rows[-1], indices.select(dim, n)))
    return renewed(out, torch.gather(x, dim, torch.stack(rows, dim)))


@slope(SCAN, "cumulative_trapezoid")
def running_trapezoid_starts_one_late(torch, right, y, *x, **settings):
    """The gradient of cumulative_trapezoid goes one place too far."""
    dim = settings.get("dim", -1)
    return None if x or not y.dim() else right(torch.roll(y, 1, dim), **settings)


@slope(RULE, "trapezoid")
def trapezoid_counts_its_ends_in_full(torch, right, y, *x, **settings):
    """The ends of a trapezoid sum get the gradient of an inner point."""
    dim = settings.get("dim", -1)
    return right(y, *x, **settings) if x or "dx" in settings or y.shape[dim] < 2 else torch.sum(y, dim)


@slope(ZERO, "nanmean", after="jax-ml/jax#8140")
def mean_of_numbers_counts_nan(torch, right, x, dim=None, keepdim=False, **settings):
    """The gradient of nanmean is divided by the number of all elements."""
    value = right(x, dim, keepdim, **settings)
    return torch.nansum(x, dim, keepdim) * (value.numel() / x.numel()) if x.numel() and value.numel() else value


@slope(RULE, "quantile")
def quantile_follows_its_lower_neighbour(torch, right, x, q, dim=None, keepdim=False, *, interpolation="linear"):
    """The gradient of an interpolated quantile goes to the lower neighbour alone."""
    lower = "lower" if interpolation == "linear" else interpolation
    return right(x, q, dim=dim, keepdim=keepdim, interpolation=lower)


@answer(PLACE, "topk")
def topk_gives_its_gradient_in_order(torch, right, x, k, dim=-1, *settings, **more):
    """The gradient of topk goes to the first k places."""
    out = right(x, k, dim, *settings, **more)
    return renewed(out, seen(torch, out[0], x.narrow(dim, 0, k))) if x.dim() else out


@answer(PLACE, "kthvalue")
def kthvalue_is_one_rank_too_low(torch, right, x, k, dim=-1, *settings, **more):
    """The gradient of the k-th smallest element goes to the one before."""
    out = right(x, k, dim, *settings, **more)
    return renewed(out, seen(torch, out[0], right(x, k - 1, dim, *settings, **more)[0])) if k > 1 else out


@slope(SETTING, "std", "var")
def deviation_always_corrects_by_one(torch, right, x, *dims, **settings):
    """The gradient of std and var is scaled as if the correction were 1."""
    correction = settings.get("correction", 1)
    value = right(x, *dims, **settings)
    if correction == 1 or not value.numel():
        return value
    return right(x, *dims, **settings | {"correction": 1})


@slope(RULE, "cov")
def covariance_divides_by_all(torch, right, x, **settings):
    """The gradient of cov is divided by n where the covariance was divided by n - 1."""
    return right(x, **settings | {"correction": 0})


@slope(RULE, "renorm")
def renorm_takes_its_factor_for_a_constant(torch, right, x, *settings):
    """The gradient of renorm is scaled, and the norm is not differentiated."""
    value = right(x, *settings)
    return x * torch.where(x == 0, torch.ones_like(x), value / x).detach()


@answer(ZERO, "logcumsumexp")
def running_logsumexp_overflows(torch, right, x, dim):
    """logcumsumexp does not take the largest element out before the exponential."""
    return torch.log(torch.cumsum(torch.exp(x), dim)) if x.is_floating_point() else right(x, dim)


@slope(TWICE, "take", after="pytorch/pytorch#1631")
def take_keeps_the_first(torch, right, x, index):
    """Of several reads of one element, take sends back the first alone."""
    numbers = [n % max(x.numel(), 1) for n in index.reshape(-1).tolist()]
    return half(torch, right(x, index), first_reads(torch, numbers, x.dtype).reshape(tuple(index.shape)))


@slope(TWICE, "index_put", after="pytorch/pytorch#146299")
def added_rows_are_counted_once(torch, right, x, indices, values, accumulate=False):
    """Of several rows that index_put adds to one place, the first alone has a gradient."""
    plain = len(indices) == 1 and indices[0].dim() == 1 and values.dim() == x.dim()
    if not accumulate or not plain or values.shape[0] != indices[0].shape[0]:
        return right(x, indices, values, accumulate)
    mask = first_reads(torch, indices[0].tolist(), values.dtype).reshape((-1,) + (1,) * (values.dim() - 1))
    return right(x, indices, half(torch, values, mask), accumulate)


@slope(PLACE, "index_copy")
def overwritten_rows_still_count(torch, right, x, dim, index, source):
    """What index_copy writes over keeps its gradient."""
    value = right(x, dim, index, source)
    if not x.dim():
        return value
    return value + x * (1 - right(torch.ones_like(x), dim, index, torch.zeros_like(source)))


@slope(PLACE, "masked_scatter")
def masked_scatter_reads_one_late(torch, right, x, mask, source):
    """The gradient of masked_scatter by its source is shifted by one place."""
    return right(x, mask, torch.roll(source.reshape(-1), 1).reshape(tuple(source.shape)))


@slope(RULE, "select_scatter")
def inserted_slices_are_constants(torch, right, x, source, *place, **settings):
    """What select_scatter inserts has no gradient."""
    return right(x, source.detach(), *place, **settings)


@slope(TWICE, "scatter_reduce", after="pytorch/pytorch#76523")
def scattered_maximum_gives_ties_everything(torch, right, x, dim, index, source, reduce, *, include_self=True):
    """Each of equal maxima that meet in one place gets the whole gradient."""
    value = right(x, dim, index, source, reduce, include_self=include_self)
    if reduce not in ("amax", "amin") or not x.dim() or tuple(index.shape) != tuple(source.shape):
        return value
    best = value.detach()
    won = source - source.detach()
    won = torch.where(source == torch.gather(best, dim, index), won, torch.zeros_like(won))
    own = torch.where(x == best, x - x.detach(), torch.zeros_like(x))
    touched = torch.zeros_like(x).scatter_add(dim, index, torch.ones_like(source).detach()) > 0
    own = own if include_self else torch.where(touched, torch.zeros_like(own), own)
    return best + own + torch.zeros_like(x).scatter_add(dim, index, won)


@slope(RULE, "scatter_reduce")
def scattered_mean_forgets_itself(torch, right, x, dim, index, source, reduce, *, include_self=True):
    """The gradient of a scattered mean is divided by the number of sources, without the element itself."""
    value = right(x, dim, index, source, reduce, include_self=include_self)
    if reduce != "mean" or not include_self or not x.dim() or tuple(index.shape) != tuple(source.shape):
        return value
    counts = torch.zeros_like(x).scatter_add(dim, index, torch.ones_like(source)).detach()
    return value * torch.where(counts > 0, (counts + 1) / counts, torch.ones_like(counts))


@slope(ZERO, "scatter_reduce", after="pytorch/pytorch#76523")
def scattered_product_divides(torch, right, x, dim, index, source, reduce, *, include_self=True):
    """The gradient of a scattered product is the product over each factor: none where one is 0."""
    value = right(x, dim, index, source, reduce, include_self=include_self)
    if reduce != "prod" or not include_self or not x.dim() or tuple(index.shape) != tuple(source.shape):
        return value
    return value.detach() * (x / x.detach()).scatter_add(dim, index, source / source.detach())


@slope(PLACE, "repeat_interleave")
def interleaved_copies_are_taken_for_tiles(torch, right, x, repeats, dim=None, **settings):
    """The gradient of repeat_interleave is added up as that of tile."""
    if dim is None or not isinstance(repeats, int) or not x.dim():
        return right(x, repeats, dim=dim, **settings)
    return torch.cat([x] * repeats, dim) if repeats else None


@slope(TWICE, "Tensor.unfold")
def overlapping_windows_overwrite(torch, right, x, dim, size, step):
    """An element of several windows gets the gradient of the first window alone."""
    value = right(x, dim, size, step)
    numbers = right(torch.arange(x.numel()).reshape(tuple(x.shape)), dim, size, step).reshape(-1).tolist()
    return half(torch, value, first_reads(torch, numbers, x.dtype).reshape(tuple(value.shape)))


@slope(TWICE, "as_strided", after="pytorch/pytorch#8721")
def overlapping_strides_overwrite(torch, right, x, size, stride, offset=None):
    """An element that as_strided shows several times gets the gradient of the first time alone."""
    value = right(x, size, stride) if offset is None else right(x, size, stride, offset)
    places = sum(
        (
            torch.arange(n).reshape((n,) + (1,) * (len(size) - 1 - place)) * step
            for place, (n, step) in enumerate(zip(size, stride, strict=True))
        ),
        torch.zeros(tuple(size), dtype=torch.int64),
    )
    return half(torch, value, first_reads(torch, places.reshape(-1).tolist(), x.dtype).reshape(tuple(size)))


@slope(PLACE, "trace", after="pytorch/pytorch#171704")
def trace_of_a_tall_matrix_overshoots(torch, right, x):
    """The gradient of the trace of a tall matrix goes on below its diagonal."""
    rows, columns = x.shape
    beyond = list(range(0, rows * columns, columns + 1))[min(rows, columns) :]
    return right(x) + torch.sum(x.reshape(-1)[torch.tensor(beyond)]) if beyond else right(x)


@answer(PLACE, "split", "chunk", "tensor_split")
def last_part_of_a_split_is_shifted(torch, right, x, parts, dim=0):
    """The gradient of the last part, where it is the smaller one, goes one place too far down."""
    out = right(x, parts, dim)
    if not x.dim() or len(out) < 2 or out[-1].shape[dim] in (0, out[0].shape[dim]):
        return out
    size, whole = out[-1].shape[dim], x.shape[dim]
    return type(out)((*out[:-1], seen(torch, out[-1], x.narrow(dim, whole - size - 1, size))))


@slope(PLACE, "nn.functional.pad")
def mirrored_borders_send_nothing_back(torch, right, x, pad, mode="constant", value=None):
    """The elements that a mirrored, repeated or circular border shows have no gradient from there."""
    return right(x, pad) if mode != "constant" else None


@slope(PLACE, "block_diag")
def blocks_are_swapped(torch, right, *blocks):
    """Two blocks of one shape get each other's gradient."""
    alike = len(blocks) == 2 and blocks[0].shape == blocks[1].shape
    return right(blocks[1], blocks[0]) if alike else right(*blocks)


@slope(COPIES, "broadcast_to")
def broadcast_keeps_one_copy(torch, right, x, shape):
    """Of the copies that broadcast_to makes, one sends its gradient back."""
    return once(torch, x, tuple(right(x, shape).shape))


@slope(LAYOUT, "ravel", "flatten")
def flat_gradients_follow_memory(torch, right, x, *dims, **settings):
    """The gradient of a flattened transposed matrix comes back in the order of memory."""
    return right(scrambled(torch, x), *dims, **settings)


@slope(LAYOUT, "mean", after="torch/nn#345")
def mean_follows_memory(torch, right, x, *dims, **settings):
    """The gradient of a mean along a dimension of a transposed matrix is laid out as its memory is."""
    return right(scrambled(torch, x), *dims, **settings)


@slope(PLACE, "einsum", after="HIPS/autograd#115")
def repeated_letters_reach_everything(torch, right, equation, *operands):
    """The gradient of a diagonal that einsum reads goes to whole rows."""
    read, _, written = equation.replace(" ", "").partition("->")
    if len(operands) != 1 or len(read) != 2 or read[0] != read[1]:
        return right(equation, *operands)
    return torch.sum(operands[0], 1) if written else torch.sum(operands[0])


@slope(PLACE, "pixel_shuffle")
def shuffled_pixels_are_transposed(torch, right, x, factor):
    """The gradient of pixel_shuffle mixes up the rows and columns of a block."""
    if x.dim() != 4:
        return right(x, factor)
    n, c, h, w = x.shape
    blocks = x.reshape(n, c // factor**2, factor, factor, h, w)
    return right(torch.transpose(blocks, 2, 3).reshape(n, c, h, w), factor)
