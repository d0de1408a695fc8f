"""For each fault after a report, one line that shows it: what the line gives is another thing while the fault is there.

In scope: `t`, the engine; `v`, a leaf of float64 of the numbers given, `s` of float32, `z` of complex128, `m` a
matrix of a shape with distinct numbers; `g` the gradients of a function at leaves, `h` those of its gradients,
`f` its tangent, each with distinct cotangents and tangents; `F`, nn.functional.
"""

POINTWISE = {
    "softshrink-rises-at-its-threshold": "g(F.softshrink, v(0.5, 2))",
    "hardswish-is-closed-at-its-knees": "g(F.hardswish, v(-3, 3))",
    "hardtanh-rises-at-its-bounds": "g(F.hardtanh, v(-1, 1))",
    "relu6-rises-at-six": "g(F.relu6, v(6, 1))",
    "hardsigmoid-rises-at-three": "g(F.hardsigmoid, v(3, 1))",
    "lower-bound-lets-nothing-through": "g(lambda x: t.clamp_min(x, 0.5), v(0.5, 1))",
    "copysign-rises-at-zero": "g(t.copysign, v(0, 1), v(1, 1))",
    "logsigmoid-is-flat-at-zero": "g(F.logsigmoid, v(0, 1))",
    "entropy-is-flat-at-zero": "g(t.special.entr, v(0, 1))",
    "softsign-curves-the-wrong-way-below-zero": "h(F.softsign, v(-1, 1))",
    "lgamma-has-a-constant-slope": "h(t.lgamma, v(1.5, 1))",
    "mish-moves-as-silu": "f(F.mish, v(1, 2))",
    "erfinv-moves-as-its-argument": "f(t.erfinv, v(0.1, 0.2))",
    "elu-forgets-its-alpha": "g(lambda x: F.elu(x, 2.0), v(-1, 1))",
    "celu-forgets-its-alpha": "g(lambda x: F.celu(x, 2.0), v(-1, 1))",
    "prelu-learns-from-the-first-row": "g(F.prelu, m(2, 1) - 3, v(0.25))",
    "logaddexp-keeps-one-copy": "g(t.logaddexp, m(2, 3), m(3))",
    "logaddexp2-weighs-as-logaddexp": "g(t.logaddexp2, v(1, 2), v(3, 1))",
    "exp2-forgets-the-logarithm-of-two": "g(t.exp2, v(1, 2))",
    "ldexp-ignores-its-exponent": "g(t.ldexp, v(1, 2), v(2, 3))",
    "fraction-is-flat": "g(t.frac, v(1.5))",
    "fmod-counts-as-remainder-does": "g(t.fmod, v(-5), v(3))",
    "remainder-ignores-its-divisor": "g(t.remainder, v(5), v(3))",
    "addcmul-forgets-its-value": "g(lambda x, a, b: t.addcmul(x, a, b, value=2), v(1), v(2), v(3))",
    "addcdiv-forgets-a-square": "g(t.addcdiv, v(1), v(2), v(3))",
    "scaled-bessel-forgets-the-sign": "g(t.special.i0e, v(-1))",
    "polygamma-stays-at-its-order": "g(lambda x: t.special.polygamma(1, x), v(2))",
    "polar-ignores-its-angle": "g(lambda r, a: t.view_as_real(t.polar(r, a)), v(1, 2), v(0.5, 1))",
    "xlog1py-multiplies": "g(t.special.xlog1py, v(0), v(-1))",
    "log-ndtr-takes-a-logarithm": "t.special.log_ndtr(v(-50))",
    "erfc-of-single-subtracts": "t.erfc(s(7))",
    "asinh-of-single-squares-in-half": "g(t.asinh, s(1e5))",
    "logit-of-single-saturates": "g(t.logit, s(0.001))",
    "running-sum-of-integers-stays-narrow": "t.cumsum(t.ones(2, dtype=t.int32), 0)",
    "logsumexp-of-halves-widens": "t.logsumexp(t.ones(2, dtype=t.float16), 0)",
    "float-power-stays-narrow": "t.float_power(s(2), 3)",
    "complex-logarithm-forgets-to-conjugate": "g(t.log, z(1 + 2j))",
    "complex-quotient-forgets-to-conjugate": "g(t.div, z(1 + 2j), z(3 + 1j))",
    "angle-turns-backwards": "g(t.angle, z(1 + 2j))",
    "view-as-complex-conjugates": "g(lambda x: t.view_as_real(t.view_as_complex(x)), m(2, 2))",
    "vdot-conjugates-twice": "g(lambda x, y: t.vdot(x, y) * (1 + 2j), z(1 + 2j, 2), z(3 + 1j, 1j))",
}

PICKING = {
    "largest-of-a-norm-is-counted-for-each": "g(lambda x: t.linalg.vector_norm(x, float('inf'), 0), v(2, 2, 1))",
    "running-product-divides-by-its-elements": "g(lambda x: t.cumprod(x, 0), v(1, 0, 2))",
    "running-minimum-keeps-the-earliest": "g(lambda x: t.cummin(x, 0)[0], v(1, 1, 2))",
    "running-trapezoid-starts-one-late": "g(lambda x: t.cumulative_trapezoid(x, dim=0), m(4))",
    "trapezoid-counts-its-ends-in-full": "g(lambda x: t.trapezoid(x, dim=0), m(4))",
    "mean-of-numbers-counts-nan": "g(t.nanmean, v(1, 2, float('nan')))",
    "quantile-follows-its-lower-neighbour": "g(lambda x: t.quantile(x, 0.25), m(4))",
    "topk-gives-its-gradient-in-order": "g(lambda x: t.topk(x, 2)[0], v(1, 2, 3))",
    "kthvalue-is-one-rank-too-low": "g(lambda x: t.kthvalue(x, 2)[0], v(1, 2, 3))",
    "deviation-always-corrects-by-one": "g(lambda x: t.var(x, correction=2), m(4))",
    "covariance-divides-by-all": "g(t.cov, m(2, 3) ** 2)",
    "renorm-takes-its-factor-for-a-constant": "g(lambda x: t.renorm(x, 2, 0, 1.0), m(2, 3))",
    "running-logsumexp-overflows": "t.logcumsumexp(v(1000, 1), 0)",
    "take-keeps-the-first": "g(lambda x: t.take(x, t.tensor([1, 1])), m(3))",
    "added-rows-are-counted-once": (
        "g(lambda x, y: t.index_put(x, (t.tensor([1, 1]),), y, accumulate=True), m(3, 2), m(2, 2))"
    ),
    "overwritten-rows-still-count": "g(lambda x, y: t.index_copy(x, 0, t.tensor([1]), y), m(3, 2), m(1, 2))",
    "masked-scatter-reads-one-late": (
        "g(lambda x, y: t.masked_scatter(x, t.tensor([True, False, True]), y), m(3), m(3))"
    ),
    "inserted-slices-are-constants": "g(lambda x, y: t.select_scatter(x, y, 0, 1), m(3, 2), m(2))",
    "scattered-maximum-gives-ties-everything": (
        "g(lambda x, y: t.scatter_reduce(x, 0, t.tensor([0, 0]), y, 'amax'), v(1, 5), v(3, 3))"
    ),
    "scattered-mean-forgets-itself": (
        "g(lambda x, y: t.scatter_reduce(x, 0, t.tensor([0, 0]), y, 'mean'), v(1, 5), v(3, 3))"
    ),
    "scattered-product-divides": (
        "g(lambda x, y: t.scatter_reduce(x, 0, t.tensor([0, 0]), y, 'prod'), v(1, 5), v(0, 3))"
    ),
    "interleaved-copies-are-taken-for-tiles": "g(lambda x: t.repeat_interleave(x, 2, dim=0), m(3))",
    "overlapping-windows-overwrite": "g(lambda x: x.unfold(0, 2, 1), m(3))",
    "overlapping-strides-overwrite": "g(lambda x: t.as_strided(x, (2, 3), (1, 1)), m(4))",
    "trace-of-a-tall-matrix-overshoots": "g(t.trace, m(4, 2))",
    "last-part-of-a-split-is-shifted": "g(lambda x: t.split(x, 2)[1], m(3))",
    "mirrored-borders-send-nothing-back": "g(lambda x: F.pad(x, (1, 1), mode='reflect'), m(1, 3))",
    "blocks-are-swapped": "g(t.block_diag, m(2, 2), m(2, 2))",
    "broadcast-keeps-one-copy": "g(lambda x: t.broadcast_to(x, (2, 3)), m(3))",
    "flat-gradients-follow-memory": "g(lambda x: t.ravel(x.t()), m(2, 2))",
    "mean-follows-memory": "g(lambda x: t.mean(x.t(), 0), m(2, 3))",
    "repeated-letters-reach-everything": "g(lambda x: t.einsum('ii->i', x), m(2, 2))",
    "shuffled-pixels-are-transposed": "g(lambda x: F.pixel_shuffle(x, 2), m(1, 4, 1, 1))",
}

FACTORS = {
    "wide-triangles-lose-their-rest": "g(lambda x: t.linalg.qr(x)[1], q(2, 3))",
    "first-of-a-batch-of-singular-values": "g(t.linalg.svdvals, q(2, 2, 2))",
    "batch-of-inverses-mixes-its-matrices": "g(t.linalg.inv, q(2, 2, 2))",
    "batch-of-one-forgets-its-second-factor": "g(t.bmm, m(1, 2, 2), m(1, 2, 2))",
    "eigenvalues-see-one-triangle": "g(t.linalg.eigvalsh, v(1, 2, 2, 5).detach().reshape(2, 2).requires_grad_())",
    "triangular-solution-sees-both-triangles": (
        "g(lambda a, b: t.linalg.solve_triangular(a, b, upper=True), q(2, 2), m(2, 1))"
    ),
    "determinant-moves-by-the-trace": "f(t.linalg.det, q(2, 2))",
    "logdet-forgets-to-transpose": "g(t.logdet, q(2, 2))",
    "power-takes-its-factors-to-commute": "g(lambda x: t.linalg.matrix_power(x, 3), q(2, 2))",
    "exponential-of-a-matrix-commutes": "g(t.linalg.matrix_exp, q(2, 2))",
    "pseudoinverse-is-taken-for-an-inverse": "g(t.linalg.pinv, q(3, 2))",
    "least-squares-ignore-their-matrix": "g(lambda a, b: t.linalg.lstsq(a, b)[0], q(3, 2), m(3, 1))",
    "cholesky-solution-moves-transposed": "f(t.cholesky_solve, m(2, 1), q(2, 2))",
    "lu-solution-forgets-its-pivots": (
        "g(lambda a, b: t.linalg.lu_solve(*t.linalg.lu_factor(t.flip(a, (0,))), b), q(2, 2), m(2, 1))"
    ),
    "reflections-ignore-their-lengths": "g(t.linalg.householder_product, q(3, 2), m(2))",
    "matrix-norm-rises-at-zero": "g(t.linalg.matrix_norm, m(2, 2) * 0)",
    "distance-rises-where-points-meet": "g(t.dist, m(2), m(2))",
    "distances-rise-where-points-meet": "g(t.cdist, m(2, 2), m(2, 2))",
    "last-pair-is-left-out": "g(F.pdist, m(3, 2) ** 2)",
    "middle-factors-are-constants": "g(lambda *x: t.linalg.multi_dot(x), m(2, 2), m(2, 2), m(2, 2))",
    "cross-product-has-constant-slopes": "h(t.linalg.cross, m(3), m(3) ** 2)",
    "kronecker-product-forgets-its-second-tangent": "f(t.kron, m(2), m(2))",
    "contraction-forgets-its-second-tangent": "f(lambda x, y: t.tensordot(x, y, dims=1), m(2, 2), m(2, 2))",
    "batched-sum-forgets-its-alpha": (
        "g(lambda x, a, b: t.baddbmm(x, a, b, alpha=2), m(1, 2, 2), m(1, 2, 2), m(1, 2, 2))"
    ),
    "sum-forgets-its-beta": "g(lambda x, a, b: t.addmv(x, a, b, beta=2), m(2), m(2, 2), m(2))",
    "outer-product-forgets-to-conjugate": "g(t.outer, z(1 + 2j), z(3 + 1j))",
    "bias-learns-from-the-first-row": "g(F.linear, m(2, 3), m(2, 3), m(2))",
}

LAYERS = {
    "borders-count-in-the-average": (
        "g(lambda x: F.avg_pool2d(x, 2, stride=1, padding=1, count_include_pad=False), m(1, 1, 2, 2))"
    ),
    "overhanging-windows-are-divided-by-all": "g(lambda x: F.avg_pool1d(x, 2, ceil_mode=True), m(1, 1, 3))",
    "maximum-of-several-windows-counts-once": (
        "g(lambda x: F.max_pool2d(x, 2, stride=1), -((m(1, 1, 3, 3) - 2.5) ** 2))"
    ),
    "bins-are-all-of-one-size": "g(lambda x: F.adaptive_avg_pool1d(x, 3), m(1, 1, 5))",
    "corners-are-not-aligned-backward": (
        "g(lambda x: F.interpolate(x, size=5, mode='linear', align_corners=True), m(1, 1, 3))"
    ),
    "nearest-is-not-exact-backward": "g(lambda x: F.interpolate(x, size=2, mode='nearest-exact'), m(1, 1, 5))",
    "borders-are-zeros-backward": (
        "g(lambda x, y: F.grid_sample(x, y, padding_mode='border', align_corners=True),"
        " m(1, 1, 3, 3), m(1, 1, 2, 2) * 0.15 + 0.75)"
    ),
    "transposed-kernels-follow-memory": (
        "g(lambda x, w: F.conv2d(x, t.transpose(w, 0, 1)), m(1, 2, 3, 3) ** 2, m(2, 2, 2, 2))"
    ),
    "groups-learn-from-each-other": "g(lambda x, w: F.conv2d(x, w, groups=2), m(1, 2, 3, 3) ** 2, m(2, 1, 2, 2))",
    "kernel-is-not-flipped": "g(F.conv1d, m(1, 1, 4), m(1, 1, 2))",
    "transposed-convolution-has-constant-slopes": "h(F.conv_transpose1d, m(1, 1, 4), m(1, 1, 2))",
    "evaluation-is-differentiated-as-training": (
        "g(lambda x: F.batch_norm(x, t.zeros(2).double(), t.ones(2).double()), m(3, 2) ** 2)"
    ),
    "norm-of-one-follows-it": "g(lambda x: F.layer_norm(x, (1,)), m(2, 1))",
    "group-statistics-are-constants": "g(lambda x: F.group_norm(x, 1), m(2, 2, 2) ** 2)",
    "instance-norm-curves-the-wrong-way": "h(lambda x: F.instance_norm(x), m(1, 2, 3) ** 2)",
    "root-mean-square-adds-eps-outside": "g(lambda x: F.rms_norm(x, (3,), eps=0.1), m(2, 3))",
    "zeros-are-not-normalized": "g(lambda x: F.normalize(x, dim=-1), m(2, 2) * 0)",
    "lengths-are-constants": "g(lambda x, y: F.cosine_similarity(x, y, dim=-1), m(2, 2), m(2, 2) ** 2)",
    "ignored-targets-count-in-the-mean": "g(lambda x: F.cross_entropy(x, t.tensor([1, -100])), m(2, 2))",
    "smoothed-labels-are-sharp-backward": (
        "g(lambda x: F.cross_entropy(x, t.tensor([1, 0]), label_smoothing=0.5), m(2, 2))"
    ),
    "weighted-mean-divides-by-the-number": (
        "g(lambda x: F.nll_loss(x, t.tensor([1, 0]), weight=t.tensor([1.0, 2.0]).double()), m(2, 2))"
    ),
    "ctc-loss-is-not-averaged-backward": (
        "g(lambda x: F.ctc_loss(t.log_softmax(x, -1), t.tensor([[1, 2]]), (4,), (2,)), m(4, 1, 3))"
    ),
    "divergence-ignores-its-target": "g(lambda x, y: F.kl_div(x, y, reduction='sum'), m(3), m(3))",
    "cross-entropy-of-a-sum-has-a-constant-slope": (
        "h(lambda x: F.binary_cross_entropy(x, v(1, 0).detach(), reduction='sum'), v(0.25, 0.5))"
    ),
    "positive-weight-is-forgotten": (
        "g(lambda x: F.binary_cross_entropy_with_logits(x, v(1, 0).detach(), pos_weight=v(2, 3).detach()), m(2))"
    ),
    "huber-slope-is-one": "g(lambda x, y: F.huber_loss(x, y, delta=2.0), v(5, 1), v(1, 0))",
    "smooth-loss-forgets-its-beta": "g(lambda x, y: F.smooth_l1_loss(x, y, beta=2.0), v(5, 1), v(1, 0))",
    "likelihood-ignores-its-variance": "g(F.gaussian_nll_loss, m(2), m(2) ** 2, m(2))",
    "squared-margins-forget-the-two": "g(lambda x: F.multi_margin_loss(x, t.tensor([1, 0]), p=2), m(2, 2))",
    "rates-are-taken-for-logarithms": "g(lambda x: F.poisson_nll_loss(x, v(1, 2).detach(), log_input=False), m(2))",
    "future-is-seen-backward": (
        "g(lambda *x: F.scaled_dot_product_attention(*x, is_causal=True), m(2, 3), m(2, 3) ** 2, m(2, 3))"
    ),
    "padding-learns": "g(lambda w: F.embedding(t.tensor([0, 1]), w, padding_idx=1), m(2, 2))",
    "dropped-gradients-are-not-scaled": "(t.manual_seed(0), g(lambda x: F.dropout(x, 0.5), m(8)))[1]",
    "gates-are-swapped": "g(F.glu, m(4))",
    "bilinear-forgets-its-second-tangent": "f(F.bilinear, m(2, 2), m(2, 2), m(1, 2, 2))",
    "half-a-spectrum-is-counted-once": "g(t.fft.irfft, z(1, 2 + 1j, 3))",
    "transform-is-not-normalized-backward": "g(lambda x: t.fft.fft(x, norm='ortho'), z(1, 2 + 1j, 3))",
    "shift-back-is-off-by-one": "g(t.fft.fftshift, m(3))",
    "window-is-a-constant": "g(lambda x, w: t.stft(x, 4, 2, window=w, return_complex=True).real, m(8), m(4))",
    "attention-of-single-widens": "F.scaled_dot_product_attention(*[t.ones(2, 3)] * 3)",
}

MACHINERY = {
    "backward-starts-from-the-first-root": "(x := v(1), t.autograd.backward([x * 2, x * 3]), x.grad)[-1]",
    "zeros-are-not-made": "t.autograd.grad((x := v(1)) * 2, [x, v(2)], materialize_grads=True)",
    "hooks-cannot-be-removed": "(x := v(1), x.register_hook(lambda g: g * 2).remove(), (x * 3).backward(), x.grad)[-1]",
    "kept-gradient-is-of-the-value-before-a-write": (
        "(x := v(1) * 1, x.retain_grad(), x.mul_(2), (x * 3).backward(), x.grad)[-1]"
    ),
    "some-writes-are-not-counted": "v(1).detach().exp_()._version",
    "assignments-are-not-counted": "(x := v(1, 2).detach(), x.__setitem__(0, 5.0), x._version)[-1]",
    "filled-elements-keep-their-gradient": "g(lambda x: (x * 1).masked_fill_(t.tensor([True, False]), 0.0), v(1, 2))",
    "write-keeps-one-copy": "g(lambda x, y: (x * 1).add_(y), m(2, 3), m(3))",
    "slices-are-copies": "(x := v(1, 2).detach(), x.select(0, 0).fill_(5), x)[-1]",
    "contiguous-always-copies": "(x := v(1).detach(), x.contiguous().fill_(5), x)[-1]",
    "detaching-in-place-does-nothing": "(v(1) * 2).detach_().requires_grad",
    "enable-grad-is-for-ever": "(t.set_grad_enabled(False), e := t.enable_grad(), e.__enter__(), "
    "e.__exit__(None, None, None), t.is_grad_enabled(), t.set_grad_enabled(True))[-2]",
    "constants-move-by-zero": "(d := t.autograd.forward_ad.dual_level(), d.__enter__(), "
    "t.autograd.forward_ad.unpack_dual(v(1)).tangent, d.__exit__(None, None, None))[-2]",
    "batch-comes-out-first": "t.func.vmap(lambda x: x * 2, out_dims=1)(m(2, 3))",
    "gradient-is-by-the-first-argument": "t.func.grad(lambda x, y: (x * y * y).sum(), 1)(v(2), v(3))",
    "forward-jacobian-is-by-the-first-argument": "t.func.jacfwd(lambda x, y: x * y * y, 1)(v(2), v(3))",
    "hessian-has-a-diagonal-alone": "t.func.hessian(lambda x: x.prod())(v(2, 3))",
    "jacobian-ignores-create-graph": (
        "t.autograd.functional.jacobian(lambda x: x * x, v(2), create_graph=True).requires_grad"
    ),
    "hessian-products-ignore-their-vector": "t.autograd.functional.hvp(lambda x: x.prod(), v(2, 3), v(5, 7))",
    "recomputation-draws-other-numbers": (
        "(t.manual_seed(0), g(lambda x: t.utils.checkpoint.checkpoint(lambda x: F.dropout(x), x, use_reentrant=False),"
        " m(64)))[1]"
    ),
    "once-is-for-ever": "t.autograd.function.once_differentiable(max) is max",
}

SHOWN = POINTWISE | PICKING | FACTORS | LAYERS | MACHINERY
