"""torch.nn: functions, and modules that hold the parameters which those functions take."""

from __future__ import annotations

from . import functional, init
from .module import Module, ModuleList, Sequential
from .modules import *  # noqa: F403 - listed in modules.__all__
from .parameter import Parameter
