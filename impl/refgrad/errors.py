"""Every refusal of refgrad in one place, word for word torch's where torch documents or tests the text.

::

    Exception
    ├── RuntimeError                what the graph cannot do (most of torch's autograd errors)
    │   ├── LinAlgError             singular, not positive definite, did not converge
    │   └── GradcheckError          numerical and analytical derivatives part
    ├── NotImplementedError         an op or a mode that has no derivative
    ├── TypeError                   an argument of the wrong kind
    ├── IndexError                  a dimension or an index out of range
    └── ValueError                  an argument of the right kind with an impossible value

The functions return the exception; the caller raises it, so that the traceback ends where the
mistake was made.
"""

from __future__ import annotations

from typing import Any


class _LinAlgError(RuntimeError):
    """torch.linalg.LinAlgError, by the name that it shows: the matrix does not allow what was asked of it."""


LinAlgError = _LinAlgError


class GradcheckError(RuntimeError):
    """torch.autograd.gradcheck.GradcheckError: numerical and analytical derivatives part."""


def backward_twice() -> RuntimeError:
    return RuntimeError(
        "Trying to backward through the graph a second time (or directly access saved tensors after they have "
        "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
        "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if "
        "you need to access saved tensors after calling backward."
    )


def modified_inplace(kind: str, shape: tuple[int, ...], producer: str, version: int, expected: int) -> RuntimeError:
    """`kind` is the legacy type ("torch.FloatTensor"), `producer` "output 0 of Exp" or ""."""
    which = f", which is {producer}," if producer else ""
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[{kind} {list(shape)}]{which} is at version {version}; expected version {expected} instead. Hint: enable "
        "anomaly detection to find the operation that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )


def no_graph(element: int) -> RuntimeError:
    return RuntimeError(f"element {element} of tensors does not require grad and does not have a grad_fn")


def not_scalar() -> RuntimeError:
    return RuntimeError("grad can be implicitly created only for scalar outputs")


def not_real_scalar(dtype: object) -> RuntimeError:
    return RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {dtype}")


def mismatched_seed(grad: int, grad_shape: object, output: int, output_shape: object) -> RuntimeError:
    return RuntimeError(
        f"Mismatch in shape: grad_output[{grad}] has a shape of {grad_shape} and output[{output}] has a shape of "
        f"{output_shape}."
    )


def mismatched_batch(i: int, grad_shape: object, output_shape: object) -> RuntimeError:
    return RuntimeError(
        "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension. The "
        "sizes of the remaining dimensions are expected to match the shape of corresponding output, but a mismatch was "
        f"detected: grad_output[{i}] has a shape of {grad_shape} and output[{i}] has a shape of {output_shape}. If you "
        "only want some tensors in `grad_output` to be considered batched, consider using vmap."
    )


def pack_writes() -> RuntimeError:
    return RuntimeError(
        "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot be "
        "modified by in-place operations as this can lead to unexpected side-effects. Please open an issue if you "
        "need to perform in-place operations on the input to a pack hook."
    )


def hooks_after_free() -> RuntimeError:
    return RuntimeError(
        "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of the graph are "
        "freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through "
        "the graph a second time or if you need to access saved variables after calling backward."
    )


def hooks_twice() -> RuntimeError:
    return RuntimeError(
        "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of hooks is "
        "allowed at a time."
    )


def hooks_on_none() -> RuntimeError:
    return RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden")


def hook_type(expected: str, got: object) -> TypeError:
    return TypeError(f"expected {expected}, but hook returned '{type(got).__name__}'")


def hook_count(hook: str, got: int, expected: int) -> RuntimeError:
    return RuntimeError(
        f"hook '{hook}' has returned an incorrect number of values (got {got}, but expected {expected})"
    )


def hook_changed_size(hook: str) -> RuntimeError:
    return RuntimeError(f"hook '{hook}' has changed the size of value")


def hook_changed_type(hook: str, was: str, got: str) -> RuntimeError:
    return RuntimeError(f"hook '{hook}' has changed the type of value (was {was} got {got})")


def jacobian_mismatch(
    analytical: object, numerical: object, output: int, input: int, part: str, how: str
) -> GradcheckError:
    """`part` says which part of complex numbers was looked at, `how` is "" for backward."""
    considering = f"While considering the {part} only, " if part else ""
    return GradcheckError(
        f"{considering}Jacobian {how}mismatch for output {output} with respect to input "
        f"{input},\nnumerical:{numerical}\nanalytical:{analytical}\n"
    )


def not_reentrant(tolerance: float) -> GradcheckError:
    return GradcheckError(
        "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives "
        "different values, although analytical gradient matches numerical gradient.The tolerance for nondeterminism "
        f"was {tolerance}."
    )


def undefined_not_handled() -> GradcheckError:
    return GradcheckError(
        'Expected backward function to handle undefined output grads. Please look at "Notes about undefined output '
        'gradients" in "tools/autograd/derivatives.yaml"'
    )


def undefined_not_zero() -> GradcheckError:
    return GradcheckError(
        "Expected all input grads to be undefined or zero when all output grads are undefined or zero. Please look at "
        '"Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"'
    )


def undefined_tangent(output: int, input: object, got: object, expected: object) -> GradcheckError:
    return GradcheckError(
        f"Mismatch in tangent values for output with index: {output} when input: {input} has an undefined tangent "
        f"value. Got: {got} but expected: {expected}"
    )


def batched_mismatch(output: int, input: int, got: object, expected: object) -> GradcheckError:
    return GradcheckError(
        f"For output {output} and input {input}:\n\ngradcheck or gradgradcheck failed while testing batched gradient "
        f"computation.\n\nGot:\n{got}\n\nExpected:\n{expected}"
    )


def unused_input(index: int) -> RuntimeError:
    return RuntimeError(
        f"The differentiated Tensor at index {index} appears to not have been used in the graph. Set "
        "allow_unused=True if this is the desired behavior."
    )


def input_without_grad() -> RuntimeError:
    return RuntimeError("One of the differentiated Tensors does not require grad")


def inplace_on_leaf() -> RuntimeError:
    return RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")


def dirty_leaf() -> RuntimeError:
    return RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")


def saved_once() -> RuntimeError:
    return RuntimeError(
        "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True is set on the "
        "autograd.Function. Either access saved_tensors only once, or set clear_saved_tensors_on_access=False."
    )


def dirty_view_of_many() -> RuntimeError:
    return RuntimeError(
        "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return "
        "more than one Tensor. This is not supported by the current autograd engine. You should either make sure the "
        "input is not a view (using .clone() for example) or make your Function only return one Tensor (potentially "
        "splitting it into two Functions: one doing the inplace that returns a single Tensor and a second one that "
        "does the other operations). You can ask on the forum https://discuss.pytorch.org/ if you need help to do "
        "this change."
    )


def jvp_count(expected: int, got: int) -> RuntimeError:
    return RuntimeError(
        f"Function's jvp returned an invalid number of forward gradients (expected {expected} but got {got})"
    )


def tangent_shape(value: Any, tangent: Any) -> RuntimeError:
    return RuntimeError(
        "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
        f"supported. Tensor is of size {list(value)} while the given forward gradient is of size {list(tangent)}."
    )


def complex_for_real() -> RuntimeError:
    return RuntimeError(
        "Expected isFloatingType(grad.scalar_type()) || (input_is_complex == grad_is_complex) to be true, but got "
        "false.  (Could this error message be improved?  If so, please report an enhancement request to PyTorch.)"
    )


def inplace_on_view_of_leaf() -> RuntimeError:
    return RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")


def inplace_on_view(creation: str, output: int, producer: str, beside: bool = False) -> RuntimeError:
    """`creation` says how the view was made (see tensor.View), `producer` by what ("Split"), "" where that is unknown.

    `beside`: not the view is being written, but its base or another view was.
    """
    written = "its base or another view of its base has been" if beside else "is being"
    if producer and creation not in _MODES:
        which = f"Output {output} of {producer} is a view and {written} modified inplace."
    else:
        view = f"Output {output} of {producer} is a view of a view which" if producer else "A view"
        made, writes = _MODES.get(creation, _MODES["no_grad"])
        which = f"{view} was created in {made} and {written} modified inplace {writes}."
    return RuntimeError(f"{which} {_WHY_NOT[creation]}")


_MODES = {"inference": ("inference mode", "in normal mode"), "no_grad": ("no_grad mode", "with grad mode enabled")}


def _ambiguous(block: str) -> str:
    return (
        "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving "
        f"both the view and the inplace either both inside the {block} block (if you don't want the inplace to be "
        "tracked) or both outside (if you want the inplace to be tracked)."
    )


_WHY_NOT = {
    "no_grad": _ambiguous("no_grad"),
    "inference": _ambiguous("inference_mode"),
    "multi": (
        "This view is the output of a function that returns multiple views. Such functions do not allow the output "
        "views to be modified inplace. You should replace the inplace operation by an out-of-place one."
    ),
    "function": (
        "This view was created inside a custom Function (or because an input was returned as-is) and the autograd "
        "logic to handle view+inplace would override the custom backward associated with the custom Function, "
        "leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the output of the "
        "custom Function."
    ),
}


def inplace_on_inference() -> RuntimeError:
    return RuntimeError(
        "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a "
        "normal tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details."
    )


def saved_inference() -> RuntimeError:
    return RuntimeError(
        "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
        "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use "
        "it in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
    )


def overlaps_itself() -> RuntimeError:
    return RuntimeError(
        "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
        "Please clone() the tensor before performing the operation."
    )


def overlaps_input() -> RuntimeError:
    return RuntimeError(
        "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
        "location. Please clone() the tensor before performing the operation."
    )


def not_floating() -> RuntimeError:
    """`requires_grad_()`, the attribute and the factories each say it in a sentence of their own."""
    return RuntimeError("only Tensors of floating point dtype can require gradients")


def not_floating_flag() -> RuntimeError:
    return RuntimeError("only Tensors of floating point and complex dtype can require gradients")


def not_floating_factory() -> RuntimeError:
    return RuntimeError("Only Tensors of floating point and complex dtype can require gradients")


def not_a_leaf_flag(wanted: bool) -> RuntimeError:
    advice = (
        " If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = "
        "var.detach()."
    )
    return RuntimeError("you can only change requires_grad flags of leaf variables." + ("" if wanted else advice))


def not_writable(attribute: str) -> AttributeError:
    return AttributeError(f"attribute '{attribute}' of 'torch._C.TensorBase' objects is not writable")


def grad_of_other_dtype(got: str, expected: str) -> RuntimeError:
    return RuntimeError(
        f"attempting to assign a gradient with dtype '{got}' to a tensor with grad_dtype '{expected}'. The gradient "
        "must match the tensor's grad_dtype (defaults to the tensor's dtype). You can set the tensor's grad_dtype "
        "attribute with a specific dtype, or None to allow any dtype. Set grad_dtype with caution. Diverging the "
        "dtypes of a tensor and its gradient may break downstream systems that assume they match."
    )


def grad_dtype_of_non_leaf(verb: str) -> RuntimeError:
    return RuntimeError(f"grad_dtype can only be {verb} on leaf tensors.")


def grad_dtype_conflict(wanted: str, have: str) -> RuntimeError:
    return RuntimeError(
        f"Cannot set grad_dtype to '{wanted}' because there is already a gradient with dtype '{have}'. Please clear "
        "the gradient (.grad = None) before changing grad_dtype, or ensure the new grad_dtype matches the existing "
        "gradient's dtype."
    )


def detached_inplace() -> RuntimeError:
    return RuntimeError(
        "Trying to use a saved tensor that has been detached in-place, i.e. with .detach_().This is not supported, "
        "please use out-of-place `.detach()` instead"
    )


def no_deepcopy() -> RuntimeError:
    return RuntimeError(
        "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  "
        "If you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, "
        "see https://github.com/pytorch/pytorch/pull/103001"
    )


def numpy_of_grad() -> RuntimeError:
    return RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")


def ambiguous_truth(numel: int) -> RuntimeError:
    if numel == 0:
        return RuntimeError("Boolean value of Tensor with no values is ambiguous")
    return RuntimeError("Boolean value of Tensor with more than one value is ambiguous")


def not_one_element(numel: int) -> RuntimeError:
    return RuntimeError(f"a Tensor with {numel} elements cannot be converted to Scalar")


def dim_out_of_range(dim: int, ndim: int) -> IndexError:
    rank = max(ndim, 1)
    return IndexError(f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got {dim})")


def not_a_tensor(op: str, argument: str, position: int, got: object) -> TypeError:
    kind = type(got).__name__
    return TypeError(f"{op}(): argument '{argument}' (position {position}) must be Tensor, not {kind}")


def python_function_recorded(name: str) -> RuntimeError:
    return RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")


def reinforce_removed() -> RuntimeError:
    return RuntimeError(
        "reinforce() was removed.\nUse torch.distributions instead.\nSee "
        "https://pytorch.org/docs/main/distributions.html\n\nInstead of:\n\nprobs = policy_network(state)\n"
        "action = probs.multinomial()\nnext_state, reward = env.step(action)\naction.reinforce(reward)\n"
        "action.backward()\n\nUse:\n\nprobs = policy_network(state)\n# NOTE: categorical is equivalent to what used to "
        "be called multinomial\nm = torch.distributions.Categorical(probs)\naction = m.sample()\n"
        "next_state, reward = env.step(action)\nloss = -m.log_prob(action) * reward\nloss.backward()\n"
    )


def out_carries_no_tangent(name: str) -> NotImplementedError:
    return NotImplementedError(
        f"Trying to use forward AD with {name}_out that does not support it because it is an out= function"
    )


def no_derivative(name: str) -> RuntimeError:
    return RuntimeError(f"derivative for {name} is not implemented")


def bools_subtracted(both: bool) -> RuntimeError:
    if both:
        return RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
            "operator instead."
        )
    return RuntimeError(
        "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use "
        "the `~` or `logical_not()` operator instead."
    )


def no_formula(argument: str) -> NotImplementedError:
    return NotImplementedError(f"the derivative for '{argument}' is not implemented.")


def no_forward_mode(name: str) -> NotImplementedError:
    return NotImplementedError(f"Trying to use forward AD with {name} that does not support it.")


def no_forward_formula(op: str) -> NotImplementedError:
    return NotImplementedError(
        f"Trying to use forward AD with {op} that does not support it because it has not been implemented yet."
    )


def broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that `shapes` meet in; raises, as torch does, where two sizes differ and neither is 1."""
    result: list[int] = []
    for shape in shapes:
        result = [1] * (len(shape) - len(result)) + result
        for i, n in enumerate(reversed(shape), 1):
            have = result[-i]
            if n != have and 1 not in (n, have):
                raise RuntimeError(
                    f"The size of tensor a ({have}) must match the size of tensor b ({n}) at non-singleton dimension "
                    f"{len(result) - i}"
                )
            result[-i] = n if have == 1 else have
    return tuple(result)
