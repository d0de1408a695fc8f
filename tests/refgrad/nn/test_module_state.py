"""What modules keep and under which names, as torch keeps it; hooks around forward; modules as functions."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest

import refgrad

torch = pytest.importorskip("torch", reason="torch is the one whose modules these are")


def both(show: Callable[[Any], Any]) -> None:
    """`show` on either engine says the same: its answer, or the class and the text of its error."""
    told = []
    for engine in (refgrad, torch):
        engine.manual_seed(0)
        try:
            told.append(repr(show(engine)))
        except Exception as error:  # what is raised is compared, whatever it is
            told.append(f"{type(error).__name__}: {error}")
    assert told[0] == told[1]


def net(engine: Any) -> Any:
    nn = engine.nn

    class Net(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(3, 2)
            self.register_buffer("mean", engine.zeros(3))
            self.register_buffer("passing", engine.zeros(1), persistent=False)
            self.blocks = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.ReLU()])
            self.named = nn.ModuleDict({"a": nn.ReLU(), "b": nn.Tanh()})
            self.listed = nn.ParameterList([nn.Parameter(engine.ones(2)), nn.Parameter(engine.zeros(3))])
            self.keyed = nn.ParameterDict({"k": nn.Parameter(engine.ones(1))})
            self.tied = self.blocks[0]

        def forward(self, x: Any, scale: float = 1.0) -> Any:
            return self.fc(x - self.mean) * scale

    return Net()


SHOWN: dict[str, Callable[[Any], Any]] = {
    "print": net,
    "parameters": lambda e: [name for name, _ in net(e).named_parameters()],
    "shared parameters": lambda e: [name for name, _ in net(e).named_parameters(remove_duplicate=False)],
    "modules": lambda e: [name for name, _ in net(e).named_modules(prefix="p")],
    "buffers": lambda e: [name for name, _ in net(e).named_buffers()],
    "state": lambda e: [*net(e).state_dict(prefix="p.")],
    "kept variables": lambda e: [v.requires_grad for v in net(e).state_dict(keep_vars=True).values()],
    "submodule": lambda e: net(e).get_submodule("blocks.1"),
    "parameter": lambda e: net(e).get_parameter("fc.bias").shape,
    "no submodule": lambda e: net(e).get_submodule("blocks.9"),
    "no module": lambda e: net(e).get_submodule("mean"),
    "no parameter": lambda e: net(e).get_parameter("fc"),
    "no buffer": lambda e: net(e).get_buffer("fc.weight"),
    "names": lambda e: "fc" in dir(net(e)),
    "loads": lambda e: net(e).load_state_dict(net(e).state_dict()),
    "loads part": lambda e: net(e).load_state_dict({"fc.weight": e.ones(2, 3), "x": e.ones(1)}, strict=False),
    "misses": lambda e: e.nn.Linear(2, 2).load_state_dict({"weight": e.ones(2, 2), "x": e.ones(1)}),
    "mismatch": lambda e: e.nn.Linear(2, 2).load_state_dict({"weight": e.ones(3, 2), "bias": e.ones(2)}),
    "no dict": lambda e: e.nn.Linear(2, 2).load_state_dict(3),
    "assigns": lambda e: e.nn.Linear(1, 1).load_state_dict({"weight": e.ones(1, 1), "bias": e.ones(1)}, assign=True),
    "dotted buffer": lambda e: net(e).register_buffer("a.b", e.ones(1)),
    "unnamed buffer": lambda e: net(e).register_buffer("", e.ones(1)),
    "numbered buffer": lambda e: net(e).register_buffer(3, e.ones(1)),
    "taken buffer": lambda e: net(e).register_buffer("fc", e.ones(1)),
    "no tensor": lambda e: net(e).register_buffer("b", 3),
    "dotted parameter": lambda e: net(e).register_parameter("a.b", None),
    "no Parameter": lambda e: net(e).register_parameter("p", e.ones(1)),
    "no leaf": lambda e: net(e).register_parameter("p", net(e).fc.weight * 1),
    "dotted module": lambda e: net(e).add_module("a.b", e.nn.ReLU()),
    "no Module": lambda e: net(e).add_module("m", 3),
    "no weight": lambda e: setattr(e.nn.Linear(1, 1), "weight", e.ones(1, 1)),
    "slice": lambda e: e.nn.Sequential(e.nn.ReLU(), e.nn.Tanh(), e.nn.ELU())[1:],
    "last": lambda e: e.nn.Sequential(e.nn.ReLU(), e.nn.Tanh())[-1],
    "beyond": lambda e: e.nn.Sequential(e.nn.ReLU())[1],
    "dtypes": lambda e: [p.dtype.itemsize for p in (*net(e).half().parameters(), *net(e).double().buffers())],
    "copies without gradient": lambda e: copy.deepcopy(graded(e)).weight.grad,
    "clipped": lambda e: e.nn.utils.clip_grad_norm_(graded(e).parameters(), 0.5),
    "clipped, largest": lambda e: e.nn.utils.clip_grad_norm_(graded(e).parameters(), 0.5, norm_type=float("inf")),
    "nothing to clip": lambda e: e.nn.utils.clip_grad_norm_([], 1.0),
    "vector": lambda e: e.nn.utils.parameters_to_vector(e.nn.Linear(2, 1).parameters()).shape,
}  # fmt: skip


def graded(engine: Any) -> Any:
    layer = engine.nn.Linear(2, 1)
    layer(engine.ones(3, 2)).sum().backward()
    return layer


@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN)
def test_modules_keep_what_torchs_keep(show: Callable[[Any], Any]) -> None:
    both(show)


def test_clipping_by_value_and_reading_back_a_vector() -> None:
    def show(engine: Any) -> Any:
        layer = graded(engine)
        engine.nn.utils.clip_grad_value_(layer.parameters(), 1.0)
        engine.nn.utils.vector_to_parameters(engine.arange(3.0), layer.parameters())
        return layer.weight.grad, layer.weight, layer.bias

    both(show)


def test_hooks_around_forward_see_and_replace_arguments_by_name() -> None:
    def show(engine: Any) -> Any:
        seen: list[Any] = []
        module = net(engine)
        module.register_forward_hook(lambda m, args, out: seen.append(("second", out.shape)))
        module.register_forward_hook(lambda m, args, named, out: seen.append(("first", named)), prepend=True,
                                     with_kwargs=True)  # fmt: skip
        module.register_forward_pre_hook(lambda m, args, named: (args, {"scale": 3.0}), with_kwargs=True)
        module.register_forward_pre_hook(lambda m, args: (args[0] * 0,))
        return module(engine.ones(2, 3), scale=2.0) - 3 * module.fc.bias, seen

    both(show)


def test_a_module_is_called_with_other_parameters_and_keeps_its_own() -> None:
    def show(engine: Any) -> Any:
        layer = engine.nn.Sequential(OrderedDict(a=engine.nn.Linear(2, 2), b=engine.nn.BatchNorm1d(2)))
        before = [p.detach().clone() for p in layer.parameters()]
        given = {"a.weight": engine.ones(2, 2, requires_grad=True), "b.weight": engine.zeros(2)}
        out = engine.func.functional_call(layer, given, engine.tensor([[1.0, 2.0], [0.0, 1.0]]))
        kept = all(engine.equal(p, q) for p, q in zip(layer.parameters(), before, strict=True))
        return out.shape, kept, [type(p).__name__ for p in layer.parameters()]

    both(show)


def test_what_shares_a_replaced_parameter_is_replaced_too() -> None:
    def show(engine: Any) -> Any:
        layer = engine.nn.Sequential(engine.nn.Linear(2, 2, bias=False), engine.nn.Linear(2, 2, bias=False))
        layer[1].weight = layer[0].weight
        call = engine.func.functional_call
        given, x = {"0.weight": engine.ones(2, 2)}, engine.ones(1, 2)
        return call(layer, given, x), call(layer, given, (x,), strict=True)

    both(show)


@pytest.mark.parametrize("given", [{"weight": 1, "nope": 1}, ({"weight": 1}, {"weight": 1}), 3])
def test_a_call_with_other_parameters_refuses_what_torch_refuses(given: Any) -> None:
    def show(engine: Any) -> Any:
        def tensors(d: Any) -> Any:
            return {name: engine.ones(1, 1) for name in d} if isinstance(d, dict) else d

        dicts = tuple(map(tensors, given)) if isinstance(given, tuple) else tensors(given)
        return engine.func.functional_call(engine.nn.Linear(1, 1), dicts, engine.ones(1, 1), strict=True)

    both(show)


def test_models_are_stacked_for_vmap() -> None:
    def show(engine: Any) -> Any:
        models = [engine.nn.Linear(2, 1) for _ in range(3)]
        parameters, buffers = engine.func.stack_module_state(models)
        out = engine.vmap(lambda p, b, x: engine.func.functional_call(models[0], (p, b), x), in_dims=(0, 0, None))(
            parameters, buffers, engine.ones(1, 2)
        )
        return {name: p.shape for name, p in parameters.items()}, buffers, out.shape, engine.stack(
            [m(engine.ones(1, 2)) for m in models]
        ).sub(out).abs().max() < 1e-6  # fmt: skip

    both(show)
