"""Equations that ops keep, by kind: `laws(op)` gives those of one op, its entry's own among them.

An equation is source: f is the op, x, y and z its arguments, and its settings have their names: "f(-x) == -f(x)". Both
sides are computed by one engine, so that no reference is needed to see one broken.
"""

from __future__ import annotations

from collections.abc import Mapping

from .model import Op

BY_KIND: Mapping[str, str] = {
    # even and odd
    "f(-x) == f(x)": """
        abs square cos cosh sinc i0 linalg.vector_norm norm var std pdist linalg.matrix_norm linalg.matrix_norm.ord
        linalg.matrix_norm.nuclear linalg.svdvals cov corrcoef""",
    "f(-x) == -f(x)": """
        neg positive sin tan asin atan sinh asinh tanh atanh erf erfinv sign trunc round frac deg2rad rad2deg
        reciprocal softsign tanhshrink hardtanh softshrink hardshrink sum mean trace diff cumsum nan_to_num real
        conj""",
    "f(-x, -y) == -f(x, y)": "add sub cat stack",
    # homogeneous: of degree 1, 0, or that of a power
    "f(3 * x) == 3 * f(x)": """
        neg positive abs nan_to_num reshape transpose permute movedim squeeze unsqueeze expand clone flip roll rot90
        tile repeat repeat_interleave narrow slice select unbind tensor_split diagonal diag_embed tril triu flatten
        ravel unflatten view swapaxes mT squeeze.all roll.flat fliplr flipud atleast_1d atleast_2d atleast_3d
        as_strided unfold.dim split chunk hsplit broadcast_to diag diagflat combinations pad.around pad.negative sum
        mean std amax amin max.dim min.dim linalg.vector_norm norm nansum nanmean std_mean count_nonzero relu
        leaky_relu cumsum cummax cummin diff trapezoid sort topk kthvalue cumulative_trapezoid max.all min.all
        aminmax argmax argmin median.all median nanmedian quantile nanquantile argsort msort topk.smallest
        index_select getitem take gather take_along_dim embedding masked_select getitem.pairs getitem.mixed conj
        real trace linalg.matrix_norm linalg.matrix_norm.ord linalg.matrix_norm.nuclear pdist linalg.eigvalsh
        linalg.svdvals avg_pool1d max_pool1d channel_shuffle fft.fftshift fft.ifftshift einsum.one nll_loss""",
    "f(3 * x, 3 * y) == 3 * f(x, y)": """
        add sub maximum minimum fmax fmin where hypot remainder fmod cat stack hstack vstack dstack column_stack
        block_diag cartesian_prod dist index_add index_copy index_put index_put.replacing scatter_add scatter
        select_scatter slice_scatter masked_scatter diagonal_scatter put scatter_reduce index_reduce cdist l1_loss
        real.complex imag.complex conj.complex copysign""",
    "f(3 * x) == f(x)": "sign angle normalize corrcoef linalg.eigh",
    "f(3 * x, 3 * y) == f(x, y)": "div atan2",
    "f(3 * x, y) == f(x, y)": "cosine_similarity",
    "f(x, 3 * y) == f(x, y)": "cosine_similarity copysign",
    "f(3 * x, y) == 3 * f(x, y)": "xlogy prelu",
    "f(x, 3 * y) == 3 * f(x, y)": """
        linalg.solve linalg.solve_triangular linalg.tensorsolve linalg.lu_solve linalg.lstsq cholesky_solve
        trapezoid.x""",
    "f(2 * x) == 2 ** exponent * f(x)": "pow.integer pow.scalar float_power",
    "f(2 * x) == 4 * f(x)": "square var cov",
    # bilinear, and what changes nothing but a sign when the arguments change places
    "f(2 * x, y) == f(x, 2 * y)": """
        mul matmul mm mv dot vdot bmm outer inner linalg.vecdot kron tensordot einsum linalg.cross conv1d conv2d
        conv1d.same conv2d.grouped broadcast_tensors meshgrid""",
    "f(2 * x, y, z) == f(x, 2 * y, z)": "linear linalg.multi_dot",
    "f(x, 2 * y, z) == f(x, y, 2 * z)": "addcmul",
    "f(x, y) == f(y, x)": """
        add mul maximum minimum fmax fmin hypot logaddexp logaddexp2 dot vdot dist mse_loss l1_loss smooth_l1_loss
        huber_loss broadcast_tensors""",
    "f(x, y) == -f(y, x)": "sub linalg.cross",
    # the same again, and there and back
    "f(f(x)) == f(x)": """
        abs relu relu6 hardtanh clamp clamp_min floor ceil trunc round sign nan_to_num positive sort msort cummax
        cummin tril triu argsort normalize real atleast_3d""",
    "f(f(x)) == x": "neg reciprocal transpose swapaxes mT flip fliplr flipud conj",
    "torch.log(f(x)) == x": "exp",
    "torch.exp(f(x)) == x": "log",
    "f(x) * f(x) == x": "sqrt",
    "x * f(x) * f(x) == 1": "rsqrt",
    "torch.log2(f(x)) == x": "exp2",
    "torch.exp2(f(x)) == x": "log2",
    "10 ** f(x) == x": "log10",
    "torch.log1p(f(x)) == x": "expm1",
    "torch.expm1(f(x)) == x": "log1p",
    "torch.sin(f(x)) == x": "asin",
    "torch.cos(f(x)) == x": "acos",
    "torch.tan(f(x)) == x": "atan",
    "torch.sinh(f(x)) == x": "asinh",
    "torch.cosh(f(x)) == x": "acosh",
    "torch.tanh(f(x)) == x": "atanh",
    "torch.atanh(f(x)) == x": "tanh",
    "torch.sigmoid(f(x)) == x": "logit",
    "torch.erf(f(x)) == x": "erfinv",
    "torch.rad2deg(f(x)) == x": "deg2rad",
    "torch.deg2rad(f(x)) == x": "rad2deg",
    "torch.fft.ifftshift(f(x)) == x": "fft.fftshift",
    "torch.fft.fftshift(f(x)) == x": "fft.ifftshift",
    # one step, one period, one side and the other
    "f(x + 6.283185307179586) == f(x)": "sin cos",
    "f(x + 3.141592653589793) == f(x)": "tan",
    "f(x) ** 2 + torch.cos(x) ** 2 == 1": "sin",
    "f(x) ** 2 - torch.sinh(x) ** 2 == 1": "cosh",
    "f(x + 1) == f(x) + torch.log(x)": "lgamma",
    "f(x + 1) == f(x) + 1 / x": "digamma",
    "f(x) + f(-x) == 1": "sigmoid hardsigmoid",
    "f(x) + f(-x) == 2": "erfc",
    "f(x) - f(-x) == x": "relu gelu silu softplus logsigmoid hardswish",
    "f(x) * f(-x) == 1": "exp exp2 pow.base",
    "f(x, y) * f(x, -y) == 1": "pow",
    "f(x) == torch.exp(x * x) * torch.erfc(x)": "erfcx",
    "f(x) == -x * torch.log(x)": "entr",
    "f(x) + torch.special.gammaincc(torch.full_like(x, a), x) == 1": "gammainc",
    "f(x) + torch.special.gammainc(torch.full_like(x, a), x) == 1": "gammaincc",
    # what is added to every element
    "f(x + 1) == f(x)": "softmax log_softmax softmin var std diff layer_norm cov corrcoef aminmax pdist cross_entropy",
    "f(x + 1, y, z) == f(x, y, z)": "batch_norm instance_norm group_norm",
    "f(x + 1, y + 1) == f(x, y)": """
        sub dist mse_loss l1_loss smooth_l1_loss huber_loss pairwise_distance cdist margin_ranking_loss""",
    "f(x + 1, y + 1, z + 1) == f(x, y, z)": "triplet_margin_loss",
    "f(x + 1) == f(x) + 1": """
        floor ceil mean amax amin max.dim min.dim logsumexp logcumsumexp cummax cummin sort topk kthvalue median
        median.all nanmedian quantile nanquantile nanmean msort topk.smallest max.all min.all argmax argmin argsort
        avg_pool1d max_pool1d std_mean var_mean""",
    "f(x + 1, y + 1) == f(x, y) + 1": "maximum minimum fmax fmin where logaddexp logaddexp2",
}
"""Each equation, and the names of the ops that keep it."""


def laws(op: Op) -> tuple[str, ...]:
    """The equations that `op` keeps: those of its entry, then those of its kinds."""
    return op.laws + tuple(law for law, names in BY_KIND.items() if op.name in names.split() and law not in op.laws)
