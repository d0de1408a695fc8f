"""Write values as Python literals that read back exactly, and read such literals.

The grammar is Python's own literals, plus what gradients need: `nan`, `inf`, complex numbers and
dtypes. A DType is a dtype by torch's name (`torch.float32`), whoever's engine it came from.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import BrokenSpec


@dataclass(frozen=True)
class DType:
    """A dtype in a literal: `torch.float32`."""

    name: str

    def __repr__(self) -> str:
        return f"torch.{self.name}"


def read(text: str) -> Any:
    """The value that `text` stands for; raises BrokenSpec (one line, without a place) where it stands for none."""
    try:
        return _value(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError):
        raise BrokenSpec(
            f"{text.strip()!r} is not a literal. "
            "Write numbers, strings, None, nan, inf, torch.float32, lists or tuples."
        ) from None


def show(value: Any) -> str:
    """`value` (a number, string, None, DType, or containers of them) as a literal that `read` gives back exactly."""
    match value:
        case complex():
            return _show_complex(value)
        case list() | tuple() | set() | frozenset():
            return bracket(value, [show(item) for item in value])
        case dict():
            return f"{{{', '.join(f'{show(key)}: {show(item)}' for key, item in value.items())}}}"
        case _:
            return repr(value)


def bracket(container: tuple[Any, ...] | list[Any] | set[Any] | frozenset[Any], words: list[str]) -> str:
    """The literals of a container's items, in the brackets of its kind; a set's in order."""
    match container:
        case tuple():
            return f"({', '.join(words)}{',' if len(words) == 1 else ''})"
        case list():
            return f"[{', '.join(words)}]"
        case _:
            return f"{{{', '.join(sorted(words))}}}" if words else "set()"


def _show_complex(z: complex) -> str:
    """`(-0.0+2.0j)`: both parts as floats, so that no sign is lost."""
    return f"({z.real!r}{'' if repr(z.imag).startswith('-') else '+'}{_imaginary(z.imag)})"


def _imaginary(x: float) -> str:
    return f"{x!r}j" if math.isfinite(x) else f"{x!r}*1j"


def _value(node: ast.expr) -> Any:
    """The value of a literal's syntax tree; raises ValueError where the grammar has no such form."""
    match node:
        case ast.Constant(value=value) if value is not Ellipsis:
            return value
        case ast.Name(id="nan" | "inf"):
            return float(node.id)
        case ast.Attribute(value=ast.Name(id="torch"), attr=name):
            return DType(name)
        case ast.List(elts=items):
            return [_value(item) for item in items]
        case ast.Tuple(elts=items):
            return tuple(_value(item) for item in items)
        case ast.Set(elts=items):
            return {_value(item) for item in items}
        case ast.Dict(keys=keys, values=values):
            return {_value(k): _value(v) for k, v in zip(keys, values, strict=True) if k is not None}
        case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _SIGNS:
            return _SIGNS[type(sign)](_number(operand))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _SIGNS:
            return _complex(_number(left), _SIGNS[type(sign)](_number(right)))
        case ast.BinOp(left=left, op=ast.Mult(), right=ast.Constant(value=1j)):
            return complex(0.0, _number(left))  # `inf*1j`: Python's own product would make nan of the real part
        case ast.Call(func=ast.Name(id="set"), args=[], keywords=[]):
            return set()
        case ast.Call(func=ast.Attribute(value=ast.Name(id="torch"), attr="Size"), args=[size], keywords=[]):
            return tuple(_value(size))
        case _:
            raise ValueError


def _minus(x: Any) -> Any:
    """`-x`, but `-1j` says nothing of its real part: a zero there stays a plain zero."""
    return complex(-x.real if x.real else 0.0, -x.imag) if isinstance(x, complex) else -x


_SIGNS: dict[type, Callable[[Any], Any]] = {
    ast.UAdd: lambda x: x,
    ast.Add: lambda x: x,
    ast.USub: _minus,
    ast.Sub: _minus,
}


def _number(node: ast.expr) -> Any:
    value = _value(node)
    if isinstance(value, bool) or not isinstance(value, int | float | complex):
        raise ValueError
    return value


def _complex(real: Any, imaginary: Any) -> complex:
    """`real + imaginary`, part by part, so that no addition touches a sign, nan or inf."""
    if isinstance(real, complex) or not isinstance(imaginary, complex):
        raise ValueError
    return complex(real, imaginary.imag)
