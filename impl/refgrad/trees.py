"""Nested tuples, lists and dicts of tensors: taken apart into their leaves, and put together again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any


def is_node(tree: Any) -> bool:
    """Is it a container, rather than a leaf?"""
    return type(tree) in (tuple, list, dict, OrderedDict) or (isinstance(tree, tuple) and hasattr(tree, "_fields"))


def leaves(tree: Any) -> list[Any]:
    """The tensors and other ends of `tree`, in order."""
    if not is_node(tree):
        return [tree]
    return [leaf for item in (tree.values() if isinstance(tree, dict) else tree) for leaf in leaves(item)]


def rebuild(tree: Any, ends: Sequence[Any]) -> Any:
    """`tree` with other leaves, in order."""
    return _rebuild(tree, iter(ends))


def _rebuild(tree: Any, ends: Iterator[Any]) -> Any:
    if not is_node(tree):
        return next(ends)
    if isinstance(tree, dict):
        return type(tree)((key, _rebuild(item, ends)) for key, item in tree.items())
    items = [_rebuild(item, ends) for item in tree]
    return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)


def fits(prefix: Any, tree: Any) -> bool:
    """Is `tree` nested as `prefix` is, where `prefix` has not yet ended?"""
    if not is_node(prefix):
        return True
    if not is_node(tree) or len(prefix) != len(tree) or isinstance(prefix, dict) != isinstance(tree, dict):
        return False
    if isinstance(prefix, dict):
        return prefix.keys() == tree.keys() and all(fits(prefix[key], tree[key]) for key in prefix)
    return all(fits(p, t) for p, t in zip(prefix, tree, strict=True))


def spread(prefix: Any, tree: Any) -> list[Any]:
    """For every leaf of `tree`, the end of `prefix` that stands above it."""
    if not is_node(prefix):
        return [prefix] * len(leaves(tree))
    keys = prefix if isinstance(prefix, dict) else range(len(prefix))
    return [end for key in keys for end in spread(prefix[key], tree[key])]


def spec(tree: Any) -> str:
    """The nesting of `tree` as errors show it: (*, [*, *])."""
    if not is_node(tree):
        return "*"
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key!r}: {spec(item)}" for key, item in tree.items()) + "}"
    inside = ", ".join(spec(item) for item in tree)
    return f"[{inside}]" if isinstance(tree, list) else f"({inside},)" if len(tree) == 1 else f"({inside})"


__all__ = ["fits", "is_node", "leaves", "rebuild", "spec", "spread"]
