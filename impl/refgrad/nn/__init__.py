"""torch.nn: functions, and modules that hold the parameters which those functions take."""

from __future__ import annotations

from . import functional, init, utils
from .calling import *  # noqa: F403 - listed in calling.__all__
from .cells import GRUCell, LSTMCell, RNNCell
from .containers import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from .layers import *  # noqa: F403 - listed in layers.__all__
from .module import Module
from .modules import *  # noqa: F403 - listed in modules.__all__
from .norms import *  # noqa: F403 - listed in norms.__all__
from .parameter import Parameter
