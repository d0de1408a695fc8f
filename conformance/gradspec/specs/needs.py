"""Tell from a check's text which capabilities a backend must have to run it.

A word is an attribute, a name or a keyword that stands in the check; WORDS says what each one
asks for. A page whose check asks for something that no word shows says so itself (`needs = [...]`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .scope import imports

WORDS: dict[str, str] = {
    "tape": """requires_grad requires_grad_ backward grad grad_fn is_leaf retain_grad retains_grad retain_graph
        create_graph gradcheck gradgradcheck next_functions Parameter Module optim checkpoint Variable
        detect_anomaly set_detect_anomaly set_multithreading_enabled GradientEdge get_gradient_edge""",
    "func": "func vmap",
    "hooks": """register_hook register_post_accumulate_grad_hook register_prehook register_multi_grad_hook
        saved_tensors_hooks save_on_cpu disable_saved_tensors_hooks register_hooks""",
    "function": "Function save_for_backward once_differentiable",
    "modes": """no_grad enable_grad set_grad_enabled inference_mode is_grad_enabled is_inference
        is_inference_mode_enabled detach detach_""",
    "forward-ad": "forward_ad check_forward_ad make_dual unpack_dual dual_level",
    "complex": """complex32 complex64 complex128 cfloat cdouble complex polar view_as_complex view_as_real
        is_complex resolve_conj""",
    "views": "_base _is_view _version data_ptr untyped_storage is_set_to",
    "in-place": "t_ out allow_mutation_on_saved_tensors",
    "numpy": "from_numpy __array__",
    "random": """manual_seed rand randn randint randperm rand_like randn_like randint_like bernoulli dropout normal
        multinomial poisson get_rng_state set_rng_state fork_rng initial_seed Generator""",
    "print": "repr set_printoptions",
    "sparse": "sparse is_sparse to_dense to_sparse sparse_coo_tensor",
    "bfloat16": "bfloat16 BFloat16Tensor float8_e4m3fn float8_e5m2",
    "legacy": "volatile creator retain_variables register_grad previous_functions legacy",
}
"""capability -> the words that ask for it."""

PURE = frozenset({"ops", "func", "function", "hooks", "random", "complex", "bfloat16"})
"""What may be asked of an engine of pure functions: a check that needs no more than this needs no tape."""

_ASKED = {word: capability for capability, words in WORDS.items() for word in words.split()}


def needs(tree: ast.Module) -> frozenset[str]:
    """The capabilities that the check `tree` asks for; every check asks for "ops"."""
    return frozenset({"ops", *_words(tree), *_writes(tree), *_forms(tree)})


def _words(tree: ast.Module) -> Iterator[str]:
    """What the attributes, names, keywords and imported paths of `tree` ask for."""
    local = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    local |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    local |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    paths = [path for _, path in imports(tree)]
    functional = {path.rpartition(".")[2] for path in paths if path.startswith("torch.func.")}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr="grad", value=ast.Attribute(attr="func")):
                pass  # torch.func.grad: the word `func` has spoken for it
            case ast.Attribute(attr="detach", value=ast.Name(id="torch")):
                pass  # torch.detach(x): a pure function, the identity with the derivative of a constant
            case ast.Attribute(attr="functional", value=ast.Attribute(attr="autograd")):
                yield "func"
            case ast.Attribute() if ast.unparse(node).startswith("np."):
                pass  # np.random.rand asks nothing of the engine
            case ast.Attribute(attr=word) | ast.keyword(arg=str(word)):
                yield from _asked(word)
            case ast.Name(id=word, ctx=ast.Load()) if word not in local | functional:
                yield from _asked(word)
    for path in paths:
        if path.startswith("torch"):
            yield from _asked("func" if path.startswith("torch.func") else path.rpartition(".")[2])
            if "forward_ad" in path:
                yield "forward-ad"


def _asked(word: str) -> Iterator[str]:
    if word in _ASKED:
        yield _ASKED[word]
    elif re.fullmatch(r"[a-z]\w*[a-z0-9]_", word):  # add_, clamp_min_
        yield "in-place"


def _writes(tree: ast.Module) -> Iterator[str]:
    """`x[0] = 1` and `x += 1` write into a tensor, unless `x` is one of the check's own numbers or containers."""
    plain = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _is_plain(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()) | ast.AugAssign(target=ast.Name(id=name)):
                if name not in plain:
                    yield "in-place"
            case ast.Subscript(ctx=ast.Store()) | ast.AugAssign(target=ast.Attribute()):
                yield "in-place"


def _is_plain(node: ast.expr) -> bool:
    """Does this expression make a Python number, string or container, or a NumPy array?"""
    match node:
        case ast.Constant() | ast.List() | ast.Dict() | ast.Set() | ast.ListComp() | ast.DictComp():
            return True
        case ast.Call(func=ast.Name(id="dict" | "list" | "set" | "len" | "int" | "float")):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np"))):
            return True
        case _:
            return False


def _forms(tree: ast.Module) -> Iterator[str]:
    """What shows in the form of an expression: `1j`, `x.numpy()`, `print(x)`."""
    errors = {n.name for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=complex()):
                yield "complex"
            case ast.Call(func=ast.Attribute(attr="numpy")):
                yield "numpy"
            case ast.Call(func=ast.Name(id="print"), args=args) if not all(isinstance(a, ast.Constant) for a in args):
                yield "print"
            case ast.Call(func=ast.Name(id="str"), args=[ast.Name(id=name)]) if name not in errors:
                yield "print"
