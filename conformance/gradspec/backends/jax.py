"""JAX on one device, for programs and, behind a facade of torch's names, for specs: "jax", "jax:cpu", "jax:gpu".

Double precision is on, matrix products are at full precision, memory is not claimed ahead, and
compiled kernels are kept in the user's cache folder.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import catalogue
from ..errors import DeviceMissing, EngineMissing
from ..outcome import Answers, Array, Raised
from ..programs import values as data
from ..programs.functionalise import functionalise
from ..programs.model import Program, Question
from . import cache
from .tape import name_of

PLATFORMS = {"": "cpu", "cpu": "cpu", "gpu": "gpu", "cuda": "gpu"}
"""What may be asked for, and JAX's word for it."""


class Jax:
    """jax, driven op by op through compiled functions; see jax_driver.py."""

    name = "jax"
    capabilities = frozenset({"ops", "func", "function", "hooks", "random", "complex", "bfloat16"})
    torch_messages = False

    def __init__(self, device: str = "") -> None:
        if device not in PLATFORMS:
            raise DeviceMissing(f"jax has no device {device!r}. It has: cpu, gpu (also called cuda).")
        self.device = PLATFORMS[device]
        self.jax = _engine(self.device)
        self._home = _require(self.jax, self.device)
        self._default = bool(self._home == self.jax.devices()[0])
        from . import jax_driver, jax_facade, jax_library, jax_questions

        self._driver, self._facade, self._questions = jax_driver, jax_facade, jax_questions
        self.torch: Any = jax_library.namespace()

    def versions(self) -> dict[str, str]:
        """The versions of jax and of its compiled half, the device, and which card that is."""
        import jaxlib

        found = {"jax": self.jax.__version__, "jaxlib": jaxlib.__version__, "device": self.device}
        return found if self.device == "cpu" else found | {"card": self._home.device_kind}

    def namespace(self, needs: frozenset[str]) -> Any:
        """The facade."""
        return self.torch

    def has_op(self, name: str) -> bool:
        """Does the catalogue give the op in JAX's words?"""
        return name in catalogue.entries() and bool(catalogue.get(name).jax)

    def numpy(self, value: Any) -> np.ndarray | None:
        """A JAX array's or a facade tensor's value; bfloat16, which NumPy lacks, as float32."""
        value = value.array if isinstance(value, self._facade.Tensor) else value
        if not isinstance(value, self.jax.Array):
            return None
        if value.dtype == self.jax.numpy.bfloat16:
            value = value.astype("float32")
        return np.asarray(value)

    def dtype_name(self, value: Any) -> str:
        """The name in torch of an array's dtype, or of a dtype object."""
        return name_of(getattr(value, "dtype", value))

    def answer(self, program: Program, *, steps: bool = False) -> Answers:
        """Run `program` and answer its questions; an error of JAX's becomes `refused`, under the question's index."""
        program = functionalise(program)
        if missing := self.missing(program):
            return Answers(missing=missing)
        try:
            tape = self.run(program)
            values = tuple(self.pack(tape.values[number]) for number in program.outputs)
            seen = tuple(self.pack(value) for value in tape.values[len(program.inputs) :]) if steps else ()
        except Exception as error:  # noqa: BLE001 - whatever the engine raises is its answer
            return Answers(refused={-1: Raised.of(error)})
        asked: list[tuple[Array | None, ...]] = []
        refused = {}
        for index, question in enumerate(program.questions):
            try:
                asked.append(tuple(self.pack(value) for value in self.ask(program, question, tape)))
            except Exception as error:  # noqa: BLE001 - likewise
                refused[index] = Raised.of(error)
                asked.append(())
        return Answers(values=values, questions=tuple(asked), refused=refused, steps=seen)

    def missing(self, program: Program) -> tuple[str, ...]:
        """What a program needs that JAX lacks: ops, or what its pure form has no more (one that is wrong has none)."""
        lacking = {step.op for step in program.steps if not self.has_op(step.op)}
        lacking |= {"in-place" for step in program.steps if step.write}
        return tuple(sorted(lacking | {"modes" for step in program.steps if not step.grad}))

    def run(self, program: Program) -> Any:
        """The program on a fresh tape, whose first values have the program's own numbers."""
        tape = self._driver.Tape()
        for value in self.put_all(data.inputs(program), [leaf.dtype for leaf in program.inputs]):
            tape.leaf(value)
        for step in program.steps:
            op, settings = catalogue.get(step.op), tuple(sorted(step.settings.items()))
            tape.call(self._driver.Apply(op.jax, settings, op.jax_defines), *step.args)
        return tape

    def ask(self, program: Program, question: Question, tape: Any) -> Sequence[Any]:
        """One question's arrays, in the order of programs/parts.py."""
        tape = self._driver.Tape(list(tape.values), list(tape.calls))  # what one question adds, the next would repeat
        answer = self._questions.ANSWERS[question.mode](self._questions.Asked(program, question, tape, self.put_all))
        return [None if number is None else tape.values[number] for number in answer]

    def put(self, array: np.ndarray, dtype: str) -> Any:
        """`array` on the device, in the dtype called `dtype`."""
        return self.put_all([array], [dtype])[0]

    def put_all(self, arrays: Sequence[np.ndarray], dtypes: Sequence[str]) -> Sequence[Any]:
        """The arrays, each in its dtype, for compiled functions to take: on the device, or where they are.

        A compiled function takes NumPy's arrays to the default device by itself, 2 µs each; device_put costs 50 and
        more. (NumPy knows bfloat16 where JAX is.)
        """
        made = [np.asarray(array, dtype=dtype) for array, dtype in zip(arrays, dtypes, strict=True)]
        put: Sequence[Any] = made if self._default else self.jax.device_put(made, self._home)
        return put

    def pack(self, value: Any) -> Array | None:
        """An array as it crosses to the judge."""
        dtype = self.dtype_name(value)
        if isinstance(value, np.ndarray):  # an input as it was put
            return Array.of(value.astype("float32") if dtype == "bfloat16" else value, dtype)
        array = self.numpy(value)
        return None if array is None else Array.of(array, dtype)


def _engine(platform: str) -> Any:
    """jax, configured; the first call in a process settles the platforms it may touch."""
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # or it takes three quarters of the card at once
    try:
        import jax
    except ImportError as error:
        raise EngineMissing(f"jax is not installed here ({error}). pip install 'gradspec[jax]'.") from None
    if platform == "cpu" and not jax.config.jax_platforms:
        jax.config.update("jax_platforms", "cpu")  # so that a card, if there is one, is not even opened
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_default_matmul_precision", "highest")
    if jax.config.jax_compilation_cache_dir is None:
        jax.config.update("jax_compilation_cache_dir", str(cache.folder("jax")))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)  # a single op compiles in less than the
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)  # default, and there are thousands of them
    return jax


def _require(jax: Any, platform: str) -> Any:
    """The device of that platform, or DeviceMissing with what to do."""
    try:
        return jax.devices(platform)[0]
    except RuntimeError:
        only = jax.config.jax_platforms
        why = f"this process was told to use {only!r} only" if only else "jax finds none"
        raise DeviceMissing(
            f"jax {jax.__version__} has no {platform} here: {why}. For a card, pip install 'jax[cuda13]'."
        ) from None
