from __future__ import annotations

import ast
import math
from types import SimpleNamespace

import numpy as np
import pytest

from gradspec.specs.scope import forbidden_imports, imports, scope, unknown_names


def run(check: str, torch: object = None) -> dict[str, object]:
    names = scope(torch)
    exec(check, names)  # noqa: S102 - the checks are those below
    return names


def test_a_check_finds_torch_np_and_math() -> None:
    torch = SimpleNamespace()
    names = scope(torch)
    assert (names["torch"], names["np"], names["math"]) == (torch, np, math)


@pytest.mark.parametrize(
    ("statement", "name", "found"),
    [
        ("import torch", "torch", "torch"),
        ("import torch.nn.functional", "torch", "torch"),
        ("import torch.nn.functional as F", "F", "functional"),
        ("from torch import nn", "nn", "nn"),
        ("from torch.nn import functional as F", "F", "functional"),
        ("from torch.nn.functional import relu", "relu", "relu"),
    ],
)
def test_every_spelling_of_an_import_binds_the_namespace_under_test(statement: str, name: str, found: str) -> None:
    torch = SimpleNamespace(label="torch", nn=SimpleNamespace(label="nn"))
    torch.nn.functional = SimpleNamespace(label="functional", relu=SimpleNamespace(label="relu"))
    assert run(statement, torch)[name].label == found


def test_an_import_inside_a_function_does_so_too() -> None:
    torch = SimpleNamespace(one=1)
    assert run("def f():\n    import torch as t\n    return t.one\nx = f()", torch)["x"] == 1


def test_what_the_namespace_lacks_is_an_error_of_the_check() -> None:
    with pytest.raises((ImportError, AttributeError)):
        run("from torch.autograd import Variable", SimpleNamespace())


def test_allowed_modules_are_the_real_ones() -> None:
    assert run("import numpy.linalg as la\nfrom copy import deepcopy")["la"] is np.linalg


def test_other_modules_are_refused() -> None:
    assert forbidden_imports(ast.parse("import gc\nimport subprocess")) == [(2, "subprocess")]
    with pytest.raises(ImportError, match="may not import 'subprocess'"):
        run("import subprocess")


def test_imports_are_listed_by_their_paths() -> None:
    tree = ast.parse("import torch.nn as nn\nfrom torch.func import vjp, jvp")
    assert list(imports(tree)) == [(1, "torch.nn"), (2, "torch.func.vjp"), (2, "torch.func.jvp")]


def test_unknown_names_are_found_once_with_their_line() -> None:
    check = "x = laef([1.0])\nlaef(x)\n[y for y in x]\n"
    check += "def f(a, *b, **c):\n    return a, b, c, z\nimport gc as g\ng, len, nan"
    assert unknown_names(ast.parse(check)) == [(1, "laef"), (5, "z")]


def test_names_bound_by_except_and_with_and_class_are_known() -> None:
    check = "try:\n    pass\nexcept ValueError as e:\n    e\nwith torch.x() as w:\n    w\nclass A: pass\nA\n(n := 2)\nn"
    assert unknown_names(ast.parse(check)) == []
