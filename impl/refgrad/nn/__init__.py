"""torch.nn: functions, and modules that hold the parameters which those functions take."""

from __future__ import annotations

from . import functional, init
from .containers import ModuleList, Sequential
from .module import Module
from .modules import *  # noqa: F403 - listed in modules.__all__
from .parameter import Parameter
