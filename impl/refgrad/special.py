"""torch.special: special functions under their names there."""

from __future__ import annotations

from .ops.explog import exp2, expm1, log1p, xlogy
from .ops.reduce import logsumexp
from .ops.rounding import round
from .ops.smooth import logit
from .ops.smooth import sigmoid as expit
from .ops.softmax import log_softmax, softmax
from .ops.special import (
    bessel_j0,
    bessel_j1,
    digamma,
    entr,
    erf,
    erfc,
    erfcx,
    erfinv,
    gammainc,
    gammaincc,
    i0,
    i0e,
    i1,
    i1e,
    log_ndtr,
    ndtr,
    ndtri,
    polygamma,
    xlog1py,
    zeta,
)  # fmt: skip
from .ops.special import (
    digamma as psi,
)
from .ops.special import (
    lgamma as gammaln,
)
from .ops.special import (
    mvlgamma as multigammaln,
)
from .ops.trig import sinc

__all__ = [
    "bessel_j0", "bessel_j1", "digamma", "entr", "erf", "erfc", "erfcx", "erfinv", "exp2", "expit", "expm1", "gammainc",
    "gammaincc", "gammaln", "i0", "i0e", "i1", "i1e", "log1p", "log_ndtr", "log_softmax", "logit", "logsumexp",
    "multigammaln", "ndtr", "ndtri", "polygamma", "psi", "round", "sinc", "softmax", "xlog1py", "xlogy", "zeta",
]  # fmt: skip
