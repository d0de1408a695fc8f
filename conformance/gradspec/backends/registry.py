"""From a name on the command line to a Backend: "torch:cuda", "refgrad", "my_pkg.adapter:Engine".

An Entry is a name with the place of its class. Names come from the entry point group
`gradspec.backends`; the adapters of our own are there without an installation too.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from ..errors import BrokenBackend, GradspecError, UnknownName
from .protocol import CAPABILITIES, Backend

GROUP = "gradspec.backends"
OWN = {
    "jax": "gradspec.backends.jax:Jax",
    "jax-jit": "gradspec.backends.jax_jit:JaxJit",
    "refgrad": "gradspec.backends.refgrad:Refgrad",
    "torch": "gradspec.backends.torch:Torch",
    "torch-aot": "gradspec.backends.torch_compile:TorchAot",
    "torch-compile": "gradspec.backends.torch_compile:TorchCompile",
}
MEMBERS = ("name", "device", "capabilities", "torch", "torch_messages", "versions", "namespace", "has_op", "answer",
           "numpy", "dtype_name")  # fmt: skip


def registered() -> Mapping[str, str]:
    """Every name that can be asked for, and the "module:Class" behind it; a plug-in may replace one of ours."""
    return OWN | {point.name: point.value for point in entry_points(group=GROUP)}


def load(id: str) -> Backend:
    """The backend called `id`: a registered name or a dotted "module:Class", each with an optional ":device".

    UnknownName, with the nearest name, where nothing answers; EngineMissing or DeviceMissing where
    the adapter says so; BrokenBackend where it cannot be imported or does not keep the protocol.
    """
    place, device = _found(id)
    return _checked(place, device)


def beside(id: str) -> Path | None:
    """Where the known divergences of `id` would lie: "<engine>.toml" beside its adapter. None: no such module."""
    place, _ = _found(id)
    module, _, attribute = place.partition(":")
    try:
        spec = importlib.util.find_spec(module)
    except ImportError:
        return None
    engine = id.partition(":")[0] if id.partition(":")[0] in registered() else attribute.lower()
    return Path(spec.origin).with_name(f"{engine}.toml") if spec is not None and spec.origin else None


def installed() -> list[str]:
    """The registered names whose engine is here, in order: those that `load` answers."""
    return [name for name in sorted(registered()) if _answers(name)]


def identity(backend: Backend) -> str:
    """The backend's id: "torch:cpu". An engine without devices is known by its name alone."""
    return f"{backend.name}:{backend.device}" if backend.device else backend.name


def _found(id: str) -> tuple[str, str]:
    """The place "module:Class" and the device that `id` names."""
    name, _, device = id.partition(":")
    place = registered().get(name)
    if (
        place is None and device and ("." in name or device[0].isupper())
    ):  # not "trch:cuda": classes begin with a capital
        attribute, _, device = device.partition(":")
        place = f"{name}:{attribute}"
    if place is None:
        advice = "`gradspec backends` lists them; a class of your own is named module.path:Class."
        raise UnknownName.of("backend", id, registered(), advice)
    return place, device


def _answers(name: str) -> bool:
    try:
        load(name)
    except GradspecError:
        return False
    return True


def _checked(place: str, device: str) -> Backend:
    module, _, attribute = place.partition(":")
    try:
        make = getattr(importlib.import_module(module), attribute)
        backend = make(device)
    except GradspecError:
        raise
    except Exception as error:  # whatever an adapter does wrong becomes one line, not a traceback
        raise BrokenBackend(
            f"{place}: {type(error).__name__}: {error}. `python -c 'import {module}'` shows it whole."
        ) from error
    lacking = [member for member in MEMBERS if not hasattr(backend, member)]
    if lacking:
        raise BrokenBackend(f"{place}: has no {', '.join(lacking)}. Subclass TapeBackend or see backends/protocol.py.")
    unknown = set(backend.capabilities) - set(CAPABILITIES)
    if unknown:
        raise BrokenBackend(f"{place}: {UnknownName.of('capability', min(unknown), CAPABILITIES)}")
    return cast(Backend, backend)
