"""torch.nn: functions, and modules that hold the parameters which those functions take."""

from __future__ import annotations

from . import functional, init
from .layers import *  # noqa: F403 - the modules, listed in layers.__all__
from .module import Module, ModuleList, Sequential
from .parameter import Parameter
