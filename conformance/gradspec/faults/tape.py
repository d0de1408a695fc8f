"""Faults of the machinery: gradients that overwrite, graphs freed too early or late, hooks, versions, twins, modes."""

from __future__ import annotations

from .model import answer

TAPE, GRAPH, HOOKS = "accumulation", "retain_graph and create_graph", "hooks"
WRITES, TWINS, MODES = "version counter", "detach and copies", "modes"


def leaves(root):
    """The leaves that backward from `root` would reach."""
    found, stack, seen = [], [getattr(root, "grad_fn", None)], set()
    while stack:
        node = stack.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        leaf = getattr(node, "variable", None)
        found += [leaf] if leaf is not None else []
        stack += [edge[0] for edge in node.next_functions]
    return found


@answer(TAPE, "Tensor.backward")
def backward_overwrites(torch, right, self, *args, **kwargs):
    """A second backward replaces `.grad` instead of adding to it."""
    for leaf in leaves(self):
        leaf.grad = None
    return right(self, *args, **kwargs)


@answer(TAPE, "Tensor.backward")
def backward_adds_out_of_place(torch, right, self, *args, **kwargs):
    """Every backward makes a new `.grad`: whoever holds the old one sees no change."""
    for leaf in leaves(self):
        if leaf.grad is not None:
            leaf.grad = leaf.grad.clone()
    return right(self, *args, **kwargs)


@answer(TAPE, "Tensor.backward")
def backward_ignores_its_gradient(torch, right, self, gradient=None, *args, **kwargs):
    """backward(gradient) starts from ones."""
    return right(self, None if gradient is None else torch.ones_like(gradient), *args, **kwargs)


@answer(TAPE, "Tensor.backward")
def backward_ignores_inputs(torch, right, self, *args, **kwargs):
    """backward(inputs=...) adds to every leaf."""
    kwargs.pop("inputs", None)
    return right(self, *args, **kwargs)


@answer(TAPE, "autograd.grad")
def grad_stores_what_it_returns(torch, right, outputs, inputs, *args, **kwargs):
    """autograd.grad adds to `.grad` as well."""
    found = right(outputs, inputs, *args, **kwargs)
    for x, g in zip(inputs if isinstance(inputs, (tuple, list)) else [inputs], found, strict=True):
        if isinstance(x, torch.Tensor) and x.is_leaf and g is not None:
            x.grad = g.detach().clone()
    return found


@answer(TAPE, "autograd.grad")
def grad_gives_zeros_for_the_unused(torch, right, outputs, inputs, *args, **kwargs):
    """autograd.grad gives zeros where an input is not used, and an error or None is documented."""
    kwargs["allow_unused"] = True
    found = right(outputs, inputs, *args, **kwargs)
    listed = inputs if isinstance(inputs, (tuple, list)) else [inputs]
    return tuple(torch.zeros_like(x) if g is None else g for x, g in zip(listed, found, strict=True))


@answer(TAPE, "autograd.grad")
def grad_starts_from_the_first_root(torch, right, outputs, inputs, grad_outputs=None, *args, **kwargs):
    """Of several roots, autograd.grad starts from the first alone."""
    if isinstance(outputs, (tuple, list)) and len(outputs) > 1:
        outputs = outputs[:1]
        grad_outputs = grad_outputs[:1] if isinstance(grad_outputs, (tuple, list)) else grad_outputs
        kwargs["allow_unused"] = True
    return right(outputs, inputs, grad_outputs, *args, **kwargs)


@answer(GRAPH, "Tensor.backward")
def backward_never_frees(torch, right, self, gradient=None, retain_graph=None, *args, **kwargs):
    """A second backward through a freed graph is not refused."""
    return right(self, gradient, True, *args, **kwargs)


@answer(GRAPH, "Tensor.backward")
def backward_frees_what_it_should_retain(torch, right, self, gradient=None, retain_graph=None, *args, **kwargs):
    """backward(retain_graph=True) frees the graph all the same."""
    return right(self, gradient, None, *args, **kwargs)


@answer(GRAPH, "autograd.grad")
def grad_frees_what_it_should_retain(torch, right, *args, **kwargs):
    """autograd.grad(retain_graph=True) frees the graph all the same."""
    kwargs.pop("retain_graph", None)
    return right(*args, **kwargs)


@answer(GRAPH, "autograd.grad")
def grad_ignores_create_graph(torch, right, *args, **kwargs):
    """autograd.grad gives constants even when create_graph asks for their graph."""
    retained = kwargs.get("retain_graph") or kwargs.get("create_graph")
    return right(*args, **kwargs | {"create_graph": False, "retain_graph": retained})


@answer(GRAPH, "autograd.grad")
def grad_always_creates_a_graph(torch, right, *args, **kwargs):
    """What autograd.grad gives has a history that nobody asked for."""
    return right(*args, **kwargs | {"create_graph": True})


@answer(HOOKS, "Tensor.register_hook")
def hooks_run_twice(torch, right, self, hook):
    """A hook is called twice with the same gradient."""

    def twice(g):
        hook(g)
        return hook(g)

    return right(self, twice)


@answer(HOOKS, "Tensor.register_hook")
def hooks_answer_in_vain(torch, right, self, hook):
    """The gradient that a hook returns is thrown away."""

    def in_vain(g):
        hook(g)

    return right(self, in_vain)


@answer(HOOKS, "Tensor.register_hook")
def hooks_run_backwards(torch, right, self, hook):
    """The hook that was registered last runs first."""
    hooks = self.__dict__.setdefault("_hooks_in_order", [])
    hooks.append(hook)
    if len(hooks) > 1:
        return None

    def all_of_them(g):
        for late in reversed(hooks):
            out = late(g)
            g = g if out is None else out
        return g

    return right(self, all_of_them)


@answer(HOOKS, "Tensor.register_post_accumulate_grad_hook")
def hooks_after_accumulation_are_forgotten(torch, right, self, hook):
    """A hook that should run after a gradient was added never runs."""
    return right(self, lambda _: None)


@answer(HOOKS, "Tensor.retain_grad")
def kept_gradients_are_not_kept(torch, right, self):
    """retain_grad does nothing."""


@answer(WRITES, "Tensor.add_", "Tensor.mul_", "Tensor.zero_", "Tensor.copy_", "Tensor.fill_")
def writes_are_not_counted(torch, right, self, *args, **kwargs):
    """Writing into a tensor leaves its version as it was."""
    if self.requires_grad or any(isinstance(x, torch.Tensor) and x.requires_grad for x in args):
        return right(self, *args, **kwargs)
    right(self.data, *args, **kwargs)
    return self


@answer(WRITES, "Tensor.add_", "Tensor.mul_", "Tensor.sub_", "Tensor.div_")
def writes_give_a_copy(torch, right, self, *args, **kwargs):
    """What an in-place op returns is a copy of the tensor that it wrote."""
    return right(self, *args, **kwargs).clone()


@answer(WRITES, "Tensor.mul_", "Tensor.add_", "Tensor.zero_", "Tensor.fill_")
def writes_are_not_recorded(torch, right, self, *args, **kwargs):
    """A write has its effect on the numbers, and none on the history."""
    if not self.requires_grad or self.is_leaf:
        return right(self, *args, **kwargs)
    with torch.no_grad():
        right(self.detach(), *args, **kwargs)
    return self


@answer(WRITES, "Tensor.__setitem__")
def assignments_are_not_recorded(torch, right, self, index, value):
    """Writing into a part of a tensor leaves its gradient as it was."""
    with torch.no_grad():
        right(self.detach(), index, value.detach() if isinstance(value, torch.Tensor) else value)


@answer(TWINS, "detach")
def detach_copies(torch, right, self):
    """detach() gives memory of its own."""
    return right(self).clone()


@answer(TWINS, "detach")
def detach_keeps_the_graph(torch, right, self):
    """Gradients flow through detach()."""
    return self.view_as(self)


@answer(TWINS, "clone")
def clone_shares_memory(torch, right, self, **settings):
    """clone() is a view."""
    return self.view_as(self)


@answer(TWINS, "clone")
def clone_is_a_constant(torch, right, self, **settings):
    """clone() has no history."""
    return right(self, **settings).detach()


@answer(TWINS, "expand")
def expand_copies(torch, right, self, *shape):
    """expand() gives memory of its own."""
    return right(self, *shape).clone()


@answer(TWINS, "transpose", "Tensor.t", "Tensor.permute")
def turned_tensors_are_copies(torch, right, self, *dims):
    """A transposition is no view."""
    return right(self, *dims).clone()


@answer(TWINS, "Tensor.numpy")
def numpy_copies(torch, right, self, **settings):
    """numpy() gives a copy."""
    return right(self, **settings).copy()


@answer(TWINS, "Tensor.requires_grad_")
def requires_grad_is_for_ever(torch, right, self, requires_grad=True):
    """requires_grad_(False) does nothing."""
    return right(self, requires_grad) if requires_grad else self


@answer(MODES, "no_grad.__exit__")
def no_grad_outlives_an_error(torch, right, self, kind, error, trace):
    """no_grad stays in force when an error leaves its block."""
    return right(self, kind, error, trace) if kind is None else None


@answer(MODES, "no_grad.__enter__")
def no_grad_records(torch, right, self):
    """no_grad does not keep anything from being recorded."""
    right(self)
    torch.set_grad_enabled(True)


@answer(MODES, "enable_grad.__enter__")
def enable_grad_does_nothing(torch, right, self):
    """enable_grad does nothing inside no_grad."""
    was = torch.is_grad_enabled()
    right(self)
    torch.set_grad_enabled(was)


@answer(MODES, "is_grad_enabled")
def grad_is_always_enabled(torch, right):
    """is_grad_enabled() is True whatever the mode."""
    return True


@answer(MODES, "no_grad.__call__")
def decorated_functions_record(torch, right, self, function):
    """no_grad as a decorator does nothing."""
    return function


@answer(MODES, "set_grad_enabled.__exit__")
def set_grad_enabled_is_for_ever(torch, right, self, *error):
    """set_grad_enabled does not end with its block."""
