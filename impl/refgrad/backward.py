"""backward and grad: the two ways to ask for gradients.

`backward` adds gradients to leaves; `grad` returns them. Both take the cotangents of the outputs,
and both may name their inputs: tensors, or GradientEdges, which name a place in the graph.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import engine, errors, roots
from .accumulate import leaf_dtype
from .dtypes import OF_NUMPY, DType
from .graph import AccumulateGrad, GradientEdge
from .modes import state
from .notices import warn_once
from .ops.join import stack
from .rare import ANY
from .roots import Key, key_of
from .tensor import Tensor, wrap


def _many(what: Any) -> tuple[Any, ...]:
    return (what,) if isinstance(what, Tensor | GradientEdge) else tuple(what)


def _wanted(inputs: Any, function: str) -> tuple[Any, ...]:
    """The inputs, which may come as one, as a sequence, or as the values of a dict."""
    if type(inputs) is dict:
        inputs = inputs.values()
    elif isinstance(inputs, Mapping):
        raise TypeError(
            f"`inputs` argument to `{function}()` must be a dict, not {type(inputs).__name__}. Other Mapping types "
            "are not supported."
        )
    wanted = _many(inputs)
    if not wanted:
        raise RuntimeError(f"`inputs` argument to `{function}()` cannot be empty.")
    for t in wanted:
        if not isinstance(t, Tensor | GradientEdge):
            raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(t).__name__}")
    return wanted


def _key(t: Any) -> Key:
    if not isinstance(t, GradientEdge):
        return key_of(t)
    node = t.node
    return (node.variable, 0) if isinstance(node, AccumulateGrad) else (node, t.output_nr)


def _flags(create_graph: Any, retain_graph: Any) -> tuple[bool, bool]:
    """(record?, keep what was saved?); raises TypeError for what is no number."""
    return bool(operator.index(create_graph)), bool(
        operator.index(create_graph if retain_graph is None else retain_graph)
    )


def _cotangents(given: Any, count: int) -> tuple[Any, ...]:
    grads = (None,) * count if given is None else (given,) if isinstance(given, Tensor) else tuple(given)
    if len(grads) != count:
        raise RuntimeError(f"got {count} tensors and {len(grads)} gradients")
    return grads


def _roots(outputs: tuple[Any, ...], given: Any) -> tuple[list[Key], list[Tensor]]:
    """Where the walk starts and with which cotangents."""
    tensors, keys = [], []
    for o in outputs:
        tensors.append(_stand_in(o) if isinstance(o, GradientEdge) else o)
        keys.append(_key(o))
    return keys, roots.seeds_for(tensors, _cotangents(given, len(outputs)))


def _stand_in(edge: GradientEdge) -> Tensor:
    """A tensor that looks like what `edge` leads to, for checking cotangents against."""
    if isinstance(edge.node, AccumulateGrad):
        return edge.node.variable
    shape, dtype = edge.node._meta(edge.output_nr)
    t = wrap(np.zeros(shape, dtype))
    t._rg, t._fn, t._nr = True, edge.node, edge.output_nr
    return t


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add d<grad_tensors, tensors>/dleaf to the `.grad` of every leaf (or of `inputs` alone).

    Raises RuntimeError where an output does not require grad, where a cotangent is missing and the
    output is no real scalar, and where the graph was already freed.
    """
    if state.transforms:
        raise RuntimeError(
            "backward() called inside a functorch transform. This is not supported, please use functorch.grad or "
            "functorch.vjp instead or call backward() outside of functorch transforms."
        )
    if grad_variables is not None:
        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Please only "
                "use `grad_tensors`."
            )
        grad_tensors = grad_variables
    wanted = None if inputs is None else _wanted(inputs, "backward")
    taped, keep = _flags(create_graph, retain_graph)
    starts, seeds = _roots(_many(tensors), grad_tensors)
    for t in wanted or ():
        if isinstance(t, Tensor):
            t.retain_grad()
    if create_graph:
        warn_once(
            "Using backward() with create_graph=True will create a reference cycle between the parameter and its "
            "gradient which can cause a memory leak. We recommend using autograd.grad when creating the graph to "
            "avoid this. If you have to use this function, make sure to reset the .grad fields of your parameters to "
            "None after use to break the cycle and avoid the leak.",
            2,
        )
    engine.walk(starts, seeds, None if wanted is None else [_key(t) for t in wanted], taped, keep, True)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:
    """The gradients of <grad_outputs, outputs> with respect to `inputs`: a tuple in their order, or a dict as they are.

    An input that the outputs do not depend on is an error, or None with `allow_unused`, or zeros
    with `materialize_grads`. With `is_grads_batched` the first dimension of each cotangent counts
    separate questions, and so does the first dimension of each answer.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    wanted, outs = _wanted(inputs, "grad"), _many(outputs)
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for "
            "other parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    taped, keep = _flags(create_graph, retain_graph)
    ask = _batched if is_grads_batched else _ask
    found = ask(outs, wanted, grad_outputs, keep, taped)
    unused = next((i for i, g in enumerate(found) if g is None), None)
    if unused is not None and not (materialize_grads if allow_unused is None else allow_unused):
        raise errors.unused_input(unused)
    if materialize_grads:
        found = tuple(_zeros(t, taped) if g is None else g for g, t in zip(found, wanted, strict=True))
    return dict(zip(inputs, found, strict=True)) if isinstance(inputs, dict) else found


def _ask(
    outs: tuple[Any, ...], wanted: tuple[Any, ...], given: Any, keep: bool, taped: bool
) -> tuple[Tensor | None, ...]:
    """One walk; None where nothing arrives."""
    starts, seeds = _roots(outs, given)
    for t in wanted:
        if isinstance(t, Tensor) and not t.requires_grad:
            raise errors.input_without_grad()
    keys = [_key(t) for t in wanted]
    found = engine.walk(starts, seeds, keys, taped, keep, False)
    gradients = {key: g if isinstance(g, Tensor) else wrap(g) for key, g in found.items()}
    return tuple(gradients.get(key) for key in keys)


def _zeros(t: Any, taped: bool) -> Tensor:
    if isinstance(t, GradientEdge):
        raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
    zeros = wrap(np.zeros_like(t._a))
    zeros._rg = taped
    return zeros


def _batched(
    outs: tuple[Any, ...], wanted: tuple[Any, ...], given: Any, keep: bool, taped: bool
) -> tuple[Tensor | None, ...]:
    """One walk for each slice of the cotangents; the answers are stacked."""
    batches = _cotangents(given, len(outs))
    for i, (g, out) in enumerate(zip(batches, outs, strict=True)):
        shape = _stand_in(out).shape if isinstance(out, GradientEdge) else out.shape
        if g is not None and g.shape[1:] != shape:
            raise errors.mismatched_batch(i, g.shape, shape)
    count = next(len(g) for g in batches if g is not None)
    answers = [
        _ask(outs, wanted, [None if g is None else g[i] for g in batches], keep or i < count - 1, taped)
        for i in range(count)
    ]
    return tuple(None if slices[0] is None else stack(list(slices)) for slices in zip(*answers, strict=True))


def tensor_backward(
    self: Tensor, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None
) -> None:
    """Add the gradient of this tensor, times `gradient`, to the leaves it was computed from."""
    backward(self, gradient, retain_graph, create_graph, inputs=inputs)


def _get_grad(self: Tensor) -> Tensor | None:
    """The accumulated gradient; None until backward reached this leaf."""
    if self._grad is None and self.requires_grad and self._fn is not None and not self.retains_grad:
        warnings.warn(
            "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
            "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf "
            "Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make "
            "sure you access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information.",
            UserWarning,
            stacklevel=2,
        )
    return self._grad


def _set_grad(self: Tensor, value: Any) -> None:
    if value is not None:
        if not isinstance(value, Tensor):
            raise TypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
            )
        if value is self:
            raise RuntimeError("can't assign Variable as its own grad")
        wanted = leaf_dtype(self)
        if value._a.dtype != wanted and wanted is not ANY:
            raise errors.grad_of_other_dtype(_spoken(value.dtype), _tensor_name(OF_NUMPY[wanted]))
        if value._a.shape != self._a.shape:
            raise RuntimeError(
                f"attempting to assign a gradient of size '{list(value._a.shape)}' to a tensor of size "
                f"'{list(self._a.shape)}'. Please ensure that the gradient and the tensor are the same size"
            )
    self._grad = value


SPOKEN = {
    "float32": "float", "float64": "double", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "int64": "long int",
    "int32": "int", "int16": "short int", "int8": "signed char", "uint8": "unsigned char",
    "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>",
}  # fmt: skip


def _spoken(dtype: DType) -> str:
    """What C++ calls the type of an element, as torch's errors do."""
    return SPOKEN.get(dtype.name, dtype.name)


def _tensor_name(dtype: DType) -> str:
    """The dtype as the name of a tensor class has it: 'Float', 'Half'."""
    return dtype.tensor_type.removeprefix("torch.").removesuffix("Tensor")


def _get_grad_dtype(self: Tensor) -> DType | None:
    """The dtype that gradients get when they arrive at this leaf; None: they keep their own."""
    if not self.is_leaf:
        raise errors.grad_dtype_of_non_leaf("accessed")
    wanted = leaf_dtype(self)
    return None if wanted is ANY else OF_NUMPY[wanted]


def _set_grad_dtype(self: Tensor, dtype: DType | None) -> None:
    if not self.is_leaf:
        raise errors.grad_dtype_of_non_leaf("set")
    if dtype is not None and not isinstance(dtype, DType):
        raise RuntimeError(f"grad_dtype must be a torch.dtype or None, but got {type(dtype).__name__}")
    if dtype is not None and self._grad is not None and self._grad.dtype is not dtype:
        raise errors.grad_dtype_conflict(_tensor_name(dtype), _spoken(self._grad.dtype))
    self._record().grad_dtype = ANY if dtype is None else dtype.numpy


def _del_grad(self: Tensor) -> None:
    self._grad = None


tensor_backward.__qualname__ = "Tensor.backward"
Tensor.backward = tensor_backward  # type: ignore[attr-defined]  # methods are attached where they are written
Tensor.grad_dtype = property(_get_grad_dtype, _set_grad_dtype)  # type: ignore[attr-defined]
Tensor.grad = property(_get_grad, _set_grad, _del_grad)  # type: ignore[attr-defined]

__all__: Sequence[str] = ["backward", "grad"]
