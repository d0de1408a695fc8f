"""Reported slips of the machinery: hooks that stay, writes nobody counts, slices that copy, transforms that forget."""

from __future__ import annotations

from ..model import answer
from ..sizes import once

TAPE, GRAPH, HOOKS = "accumulation", "retain_graph and create_graph", "hooks"
WRITES, TWINS, MODES = "version counter", "detach and copies", "modes"
FORWARD, COPIES, TRANSFORMS = "only in forward mode", "broadcasting not undone", "transforms"


@answer(TAPE, "autograd.backward")
def backward_starts_from_the_first_root(torch, right, tensors, grad_tensors=None, *settings, **more):
    """Of several roots, autograd.backward starts from the first alone."""
    if isinstance(tensors, (tuple, list)) and len(tensors) > 1:
        tensors, grad_tensors = tensors[:1], grad_tensors[:1] if grad_tensors is not None else None
    return right(tensors, grad_tensors, *settings, **more)


@answer(TAPE, "autograd.grad")
def zeros_are_not_made(torch, right, *args, **kwargs):
    """autograd.grad gives None where materialize_grads asks for zeros."""
    if kwargs.pop("materialize_grads", False):
        kwargs["allow_unused"] = True
    return right(*args, **kwargs)


class Stays:
    """The handle of a hook that cannot be taken away."""

    def __init__(self, handle):
        self.id = getattr(handle, "id", 0)

    def remove(self):
        """Does nothing."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


@answer(HOOKS, "Tensor.register_hook")
def hooks_cannot_be_removed(torch, right, self, hook):
    """A hook goes on running after it was removed."""
    return Stays(right(self, hook))


@answer(HOOKS, "Tensor.retain_grad", after="pytorch/pytorch#79996")
def kept_gradient_is_of_the_value_before_a_write(torch, right, self):
    """retain_grad keeps the gradient of the value that was there when it was called."""
    right(self)
    before = self.view_as(self) if self.is_leaf else self
    before.register_hook(lambda g: setattr(self, "grad", g))


@answer(
    WRITES,
    "Tensor.index_add_", "Tensor.scatter_", "Tensor.masked_fill_", "Tensor.clamp_", "Tensor.neg_", "Tensor.exp_",
    "Tensor.sub_", "Tensor.div_", "Tensor.relu_", "Tensor.sqrt_",
    after="pytorch/pytorch#14571",
)  # fmt: skip
def some_writes_are_not_counted(torch, right, self, *args, **kwargs):
    """Some in-place ops on constants leave the version as it was."""
    if self.requires_grad or any(isinstance(x, torch.Tensor) and x.requires_grad for x in args):
        return right(self, *args, **kwargs)
    right(self.data, *args, **kwargs)
    return self


@answer(WRITES, "Tensor.__setitem__")
def assignments_are_not_counted(torch, right, self, index, value):
    """Writing into a part of a constant leaves its version as it was."""
    known = self.requires_grad or (isinstance(value, torch.Tensor) and value.requires_grad)
    right(self if known else self.data, index, value)


@answer(WRITES, "Tensor.masked_fill_")
def filled_elements_keep_their_gradient(torch, right, self, mask, value):
    """What masked_fill_ writes over keeps its gradient."""
    before = self.clone()
    right(self, mask, value)
    return self.add_((before - before.detach()) * mask.to(before.dtype)) if before.requires_grad else self


@answer(COPIES, "Tensor.add_", "Tensor.mul_", after="ml-explore/mlx#610")
def write_keeps_one_copy(torch, right, self, other, **settings):
    """Of a tensor that broadcasting copied into another, one copy's gradient is kept."""
    return right(self, once(torch, other, tuple(self.shape)), **settings)


@answer(TWINS, "narrow", "select")
def slices_are_copies(torch, right, self, *place):
    """narrow and select give memory of their own."""
    return right(self, *place).clone()


@answer(TWINS, "Tensor.contiguous")
def contiguous_always_copies(torch, right, self, *settings, **more):
    """contiguous() of a contiguous tensor is another tensor."""
    return right(self, *settings, **more).clone()


@answer(TWINS, "Tensor.detach_")
def detaching_in_place_does_nothing(torch, right, self):
    """detach_() leaves the history as it was."""
    return self


@answer(MODES, "enable_grad.__exit__")
def enable_grad_is_for_ever(torch, right, self, *error):
    """enable_grad does not end with its block."""
    right(self, *error)
    torch.set_grad_enabled(True)


@answer(FORWARD, "autograd.forward_ad.unpack_dual")
def constants_move_by_zero(torch, right, tensor, **settings):
    """The tangent of a tensor that has none is zero instead of None."""
    out = right(tensor, **settings)
    return out if out.tangent is not None else out._replace(tangent=torch.zeros_like(out.primal))


@answer(TRANSFORMS, "func.vmap", "vmap")
def batch_comes_out_first(torch, right, function, in_dims=0, out_dims=0, *settings, **more):
    """vmap puts the batch in front, whatever out_dims says."""
    return right(function, in_dims, 0, *settings, **more)


@answer(TRANSFORMS, "func.grad")
def gradient_is_by_the_first_argument(torch, right, function, argnums=0, **settings):
    """func.grad differentiates by the first argument, whatever argnums says."""
    return right(function, 0, **settings)


@answer(TRANSFORMS, "func.jacfwd")
def forward_jacobian_is_by_the_first_argument(torch, right, function, argnums=0, *settings, **more):
    """func.jacfwd differentiates by the first argument, whatever argnums says."""
    return right(function, 0, *settings, **more)


@answer(TRANSFORMS, "func.hessian")
def hessian_has_a_diagonal_alone(torch, right, function, *settings, **more):
    """What func.hessian gives is 0 off the diagonal."""

    def diagonal(*args):
        out = right(function, *settings, **more)(*args)
        square = isinstance(out, torch.Tensor) and out.dim() == 2 and out.shape[0] == out.shape[1]
        return torch.diag(torch.diagonal(out)) if square else out

    return diagonal


@answer(GRAPH, "autograd.functional.jacobian")
def jacobian_ignores_create_graph(torch, right, function, inputs, create_graph=False, *settings, **more):
    """autograd.functional.jacobian gives a constant even when create_graph asks for its graph."""
    return right(function, inputs, False, *settings, **more)


@answer(GRAPH, "autograd.functional.hvp", "autograd.functional.vhp")
def hessian_products_ignore_their_vector(torch, right, function, inputs, v=None, *settings, **more):
    """The products of a Hessian are with ones, whatever the vector."""
    ones = torch.ones_like(v) if isinstance(v, torch.Tensor) else v
    return right(function, inputs, ones, *settings, **more)


@answer(GRAPH, "utils.checkpoint.checkpoint", after="pytorch/pytorch#193671")
def recomputation_draws_other_numbers(torch, right, function, *args, **kwargs):
    """A checkpointed function that draws random numbers draws others when it is run again."""
    return right(function, *args, **kwargs | {"preserve_rng_state": False})


@answer(GRAPH, "autograd.function.once_differentiable")
def once_is_for_ever(torch, right, function):
    """A backward that is once differentiable can be differentiated again."""
    return function
