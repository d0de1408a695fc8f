"""torch.optim: change parameters by their gradients, and learning rates by a plan.

optimizer.py has what all optimisers share, descent.py and adam.py have a rule each, lr_scheduler.py has the plans.
"""

from __future__ import annotations

from . import lr_scheduler
from .adam import Adam, AdamW
from .descent import SGD, RMSprop
from .optimizer import Optimizer

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "RMSprop", "lr_scheduler"]
