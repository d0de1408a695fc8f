"""What has no meaning for complex numbers refuses them, in torch's words."""

from __future__ import annotations

import pytest

import refgrad

torch = pytest.importorskip("torch", reason="torch is the documented engine that refusals are compared with")

SPECIAL = (
    "airy_ai", "bessel_j0", "bessel_y1", "digamma", "entr", "erf", "erfc", "erfcx", "erfinv", "gammaln", "i0", "i0e",
    "i1", "i1e", "log_ndtr", "logit", "modified_bessel_i1", "modified_bessel_k0", "ndtr", "ndtri",
    "scaled_modified_bessel_k1", "spherical_bessel_j0",
)  # fmt: skip
LAYERS = (
    "celu", "elu", "gelu", "glu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "logsigmoid",
    "mish", "relu", "relu6", "selu", "softplus", "softshrink",
)  # fmt: skip
CALLS = {
    **{name: (lambda m, x, name=name: getattr(m.special, name)(x)) for name in SPECIAL},
    **{name: (lambda m, x, name=name: getattr(m.nn.functional, name)(x)) for name in LAYERS},
    "threshold": lambda m, x: m.nn.functional.threshold(x, 0.1, 0.2),
    "amax": lambda m, x: x.amax(0),
    "amin": lambda m, x: x.amin(0),
    "aminmax": lambda m, x: m.aminmax(x),
    "argmax": lambda m, x: x.argmax(),
    "argmin of rows": lambda m, x: x.argmin(0),
    "fmax": lambda m, x: m.fmax(x, x),
    "kthvalue": lambda m, x: x.kthvalue(1),
    "median": lambda m, x: x.median(),
    "median of rows": lambda m, x: x.median(0),
    "nanmedian of rows": lambda m, x: x.nanmedian(0),
    "mode": lambda m, x: x.mode(),
    "cummax": lambda m, x: x.cummax(0),
    "cummin": lambda m, x: x.cummin(0),
    "round": lambda m, x: x.round(),
    "round to a digit": lambda m, x: x.round(decimals=1),
    "nansum": lambda m, x: x.nansum(),
    "xlog1py": lambda m, x: m.special.xlog1py(x, x),
    "gammainc": lambda m, x: m.special.gammainc(x, x),
    "gammaincc": lambda m, x: m.special.gammaincc(x, x),
    "logaddexp2": lambda m, x: m.logaddexp2(x, x),
}


@pytest.mark.parametrize("name", CALLS)
def test_complex_numbers_are_refused(name):
    words = []
    for m in (refgrad, torch):
        with pytest.raises((RuntimeError, NotImplementedError)) as raised:
            CALLS[name](m, m.tensor([0.25 + 0.5j, 0.5 - 0.25j], dtype=m.complex128))
        words.append((type(raised.value), str(raised.value)))

    assert words[0] == words[1]
