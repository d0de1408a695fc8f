"""Reported slips of the layers and transforms of networks: paddings, windows, statistics, masks, spectra."""

from __future__ import annotations

from ..model import answer, moving, slope
from .picking import first_reads, half

ZERO, RULE, PLACE = "only at zeros and infinities", "wrong rule", "gradient to the wrong place"
SECOND, FORWARD, SETTING = "only in second order", "only in forward mode", "setting ignored backward"
TWICE, ONE, LAYOUT = "duplicates in scatter", "only on size-1 dims", "only in some layouts"


@slope(SETTING, "nn.functional.avg_pool2d", after="pytorch/pytorch#15651")
def borders_count_in_the_average(torch, right, x, size, *settings, **more):
    """The gradient of avg_pool2d is divided by the whole window where the border does not count."""
    return right(x, size, *settings, **more | {"count_include_pad": True}) if "count_include_pad" in more else None


@slope(SETTING, "nn.functional.avg_pool1d", after="pytorch/pytorch#198119")
def overhanging_windows_are_divided_by_all(torch, right, x, size, *settings, **more):
    """The gradient of an average over a window that hangs over the end is divided by the whole window."""
    if settings or set(more) - {"stride", "ceil_mode"} or not more.get("ceil_mode") or not isinstance(size, int):
        return None
    value, stride = right(x, size, **more), more.get("stride") or size
    over = (value.shape[-1] - 1) * stride + size - x.shape[-1]
    return right(torch.nn.functional.pad(x, (0, max(over, 0))), size, stride=stride)


@slope(TWICE, "nn.functional.max_pool2d")
def maximum_of_several_windows_counts_once(torch, right, x, size, *settings, **more):
    """An element that is the largest of several windows gets the gradient of the first alone."""
    if settings or more.get("return_indices"):
        return None
    value, places = right(x, size, **more | {"return_indices": True})
    each = value.shape[-2] * value.shape[-1]
    rows = places.reshape(-1).tolist()
    numbers = [(n // max(each, 1), place) for n, place in enumerate(rows)]
    return half(torch, value, first_reads(torch, numbers, x.dtype).reshape(tuple(value.shape)))


@slope(RULE, "nn.functional.adaptive_avg_pool1d", after="PaddlePaddle/Paddle#45031")
def bins_are_all_of_one_size(torch, right, x, size):
    """The gradient of an adaptive average divides by one size where bins differ."""
    long, bins = x.shape[-1], size if isinstance(size, int) else size[0]
    if not bins or long < bins or long % bins == 0:
        return None
    sizes = [-(-(n + 1) * long // bins) - n * long // bins for n in range(bins)]
    return right(x, size) * torch.tensor([n / (long // bins) for n in sizes], dtype=x.dtype)


@slope(SETTING, "nn.functional.interpolate")
def corners_are_not_aligned_backward(torch, right, x, *settings, **more):
    """The gradient of interpolate is that of corners that are not aligned."""
    return right(x, *settings, **more | {"align_corners": False}) if more.get("align_corners") else None


@slope(SETTING, "nn.functional.interpolate")
def nearest_is_not_exact_backward(torch, right, x, *settings, **more):
    """The gradient of nearest-exact goes where nearest takes its elements from."""
    return right(x, *settings, **more | {"mode": "nearest"}) if more.get("mode") == "nearest-exact" else None


@slope(SETTING, "nn.functional.grid_sample", after="pytorch/pytorch#23925")
def borders_are_zeros_backward(torch, right, x, grid, *settings, **more):
    """The gradient of grid_sample by its grid takes a repeated or mirrored border for zeros."""
    if settings or more.get("padding_mode", "zeros") == "zeros":
        return None
    return right(x, grid.detach(), **more) + right(x.detach(), grid, **more | {"padding_mode": "zeros"})


@slope(LAYOUT, "nn.functional.conv2d", after="huggingface/candle#3735")
def transposed_kernels_follow_memory(torch, right, x, weight, *settings, **more):
    """The gradient by a kernel that is not contiguous is laid out as its memory is."""
    if weight.is_contiguous() or weight.shape[0] != weight.shape[1]:
        return None
    return right(x, torch.transpose(weight, 0, 1), *settings, **more)


@slope(SETTING, "nn.functional.conv2d")
def groups_learn_from_each_other(torch, right, x, weight, *settings, **more):
    """The kernels of two groups get each other's gradient."""
    if more.get("groups", 1) != 2:
        return None
    middle = weight.shape[0] // 2
    return right(x, torch.cat([weight[middle:], weight[:middle]], 0), *settings, **more)


@slope(RULE, "nn.functional.conv1d")
def kernel_is_not_flipped(torch, right, x, weight, *settings, **more):
    """The gradient of conv1d by its input is computed with the kernel not flipped."""
    return right(x, torch.flip(weight, (-1,)).detach(), *settings, **more) + right(
        x.detach(), weight, *settings, **more
    )


@slope(SECOND, "nn.functional.conv_transpose1d", "nn.functional.conv_transpose2d")
def transposed_convolution_has_constant_slopes(torch, right, x, weight, bias=None, *settings, **more):
    """Kernel and input of a transposed convolution are constants in each other's gradient."""
    if bias is not None:
        return None
    return right(x, weight.detach(), None, *settings, **more) + right(x.detach(), weight, None, *settings, **more)


@slope(SETTING, "nn.functional.batch_norm", after="pytorch/xla#913")
def evaluation_is_differentiated_as_training(
    torch, right, x, mean, var, weight=None, bias=None, training=False, *r, **more
):
    """The gradient of batch_norm in evaluation is that of training, as if the statistics were the batch's."""
    return right(x, None, None, weight, bias, True, *r, **more) if not training and x.shape[0] > 1 else None


@slope(ONE, "nn.functional.layer_norm")
def norm_of_one_follows_it(torch, right, x, shape, *settings, **more):
    """The layer norm of one element, always 0, has slope 1."""
    return x if tuple(shape) == (1,) else None


@slope(RULE, "nn.functional.group_norm", after="pytorch/pytorch#186256")
def group_statistics_are_constants(torch, right, x, groups, weight=None, bias=None, eps=1e-5):
    """The deviation that group_norm divides by is taken for a constant."""
    if not x.numel():
        return None
    parts = x.reshape(x.shape[0], groups, -1)
    off = parts - torch.mean(parts, -1, True)
    out = (off / torch.sqrt(torch.mean(off * off, -1, True) + eps).detach()).reshape(tuple(x.shape))
    each = (1, -1) + (1,) * (x.dim() - 2)
    out = out if weight is None else out * weight.reshape(each)
    return out if bias is None else out + bias.reshape(each)


@slope(SECOND, "nn.functional.instance_norm", after="pytorch/pytorch#186256")
def instance_norm_curves_the_wrong_way(torch, right, x, *settings, **more):
    """The second derivative of instance_norm by its input has the wrong sign."""
    value = right(x, *settings, **more)
    return value if settings else 2 * right(x, **more) - right(2 * x - x.detach(), **more)


@slope(RULE, "nn.functional.rms_norm")
def root_mean_square_adds_eps_outside(torch, right, x, shape, weight=None, eps=None):
    """The gradient of rms_norm is that of a norm which adds eps to the root."""
    if eps is None or len(shape) != 1:
        return None
    out = x / (torch.sqrt(torch.mean(x * x, -1, True)) + eps)
    return out if weight is None else out * weight


@slope(ZERO, "nn.functional.normalize", after="pytorch/pytorch#3264")
def zeros_are_not_normalized(torch, right, x, p=2.0, dim=1, **settings):
    """normalize has no gradient at a zero vector."""
    value = right(x, p=p, dim=dim, **settings)
    return torch.where(torch.sum(abs(x), dim, True) == 0, value.detach(), value)


@slope(RULE, "cosine_similarity")
def lengths_are_constants(torch, right, x, y, dim=1, **settings):
    """The lengths that cosine_similarity divides by are taken for constants."""
    value = right(x, y, dim, **settings)
    sizes = torch.sqrt(torch.sum(x * x, dim) * torch.sum(y * y, dim)).detach()
    return torch.sum(x * y, dim) / sizes if value.dtype == x.dtype else None


@slope(SETTING, "nn.functional.scaled_dot_product_attention")
def future_is_seen_backward(torch, right, q, k, v, *settings, **more):
    """The gradient of causal attention is that of attention without a mask."""
    return right(q, k, v, *settings, **more | {"is_causal": False}) if more.get("is_causal") else None


@slope(SETTING, "nn.functional.embedding", after="microsoft/onnxruntime#7136")
def padding_learns(torch, right, index, weight, padding_idx=None, *settings, **more):
    """The row of padding_idx gets a gradient like every other row."""
    return right(index, weight, None, *settings, **more) if padding_idx is not None else None


@slope(SETTING, "nn.functional.dropout")
def dropped_gradients_are_not_scaled(torch, right, x, p=0.5, training=True, inplace=False):
    """What dropout keeps is scaled, and its gradient is not."""
    return right(x, p, training) * (1 - p) if training and not inplace else None


@slope(PLACE, "nn.functional.glu")
def gates_are_swapped(torch, right, x, dim=-1):
    """The two halves of glu get each other's gradient."""
    half_size = x.shape[dim] // 2
    first, second = torch.narrow(x, dim, 0, half_size), torch.narrow(x, dim, half_size, half_size)
    return right(torch.cat([second, first], dim), dim)


@slope(FORWARD, "nn.functional.bilinear")
def bilinear_forgets_its_second_tangent(torch, right, x, y, weight, bias=None):
    """The tangent of bilinear forgets that the second input moves."""
    return right(x, y.detach(), weight, bias) if moving(torch, x, y, weight) else None


@slope(RULE, "fft.irfft", after="jax-ml/jax#6223")
def half_a_spectrum_is_counted_once(torch, right, x, n=None, dim=-1, norm=None, **settings):
    """The frequencies that irfft reads once and uses twice get half their gradient."""
    bins = x.shape[-1]
    if n is not None or dim != -1 or bins < 3:
        return None
    inner = torch.tensor([1.0] + [0.5] * (bins - 2) + [1.0], dtype=x.real.dtype)
    return right(x * inner, n, dim, norm, **settings)


@slope(SETTING, "fft.fft")
def transform_is_not_normalized_backward(torch, right, x, *settings, **more):
    """The gradient of fft is that of a transform without a norm."""
    return right(x, *settings, **more | {"norm": None}) if more.get("norm") else None


@slope(PLACE, "fft.fftshift")
def shift_back_is_off_by_one(torch, right, x, *settings, **more):
    """The gradient of fftshift is shifted once more the same way, wrong for odd sizes."""
    return torch.fft.ifftshift(x, *settings, **more)


@slope(RULE, "stft")
def window_is_a_constant(torch, right, x, *settings, **more):
    """stft has no gradient by its window."""
    window = more.get("window")
    return right(x, *settings, **more | {"window": window.detach()}) if window is not None else None


@answer("dtype promoted", "nn.functional.scaled_dot_product_attention")
def attention_of_single_widens(torch, right, q, *others, **settings):
    """Attention of float32 is float64."""
    out = right(q, *others, **settings)
    return out.to(torch.float64) if q.dtype == torch.float32 else out
