from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

from doubles.toy import NAMESPACE, Tensor, Toy, page
from gradspec.outcome import Observation, SpecOutcome
from gradspec.specs.perform import perform, show
from gradspec.specs.read import parse


def performed(check: str, **more: Any) -> SpecOutcome:
    return perform(parse(page(check, **more), "a/b"), Toy())


def observed(check: str) -> Observation:
    (observation,) = performed(check).observations
    return observation


def test_a_tensor_is_shown_with_dtype_and_shape() -> None:
    assert observed("torch.tensor([1.0, 0.1])  # => ?") == Observation(
        6, "[1.0, 0.10000000149011612]", dtype="float32", shape=(2,)
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "None"),
        (True, "True"),
        (2, "2"),
        (0.1, "0.1"),
        (-0.0, "-0.0"),
        (float("nan"), "nan"),
        (1 - 2j, "(1.0-2.0j)"),
        ("a'b", '"a\'b"'),
        ((1,), "(1,)"),
        ([True, None], "[True, None]"),
        ({"a": 1}, "{'a': 1}"),
        (NAMESPACE.float32, "torch.float32"),
        (NAMESPACE.node, "<SimpleNamespace>"),
        (Tensor, "<Tensor>"),
        (Tensor(3), "3"),
        (Tensor([True]), "[True]"),
        (np.float32(0.5), "0.5"),
    ],
)
def test_values_are_shown_as_literals(value: object, shown: str) -> None:
    assert show(value, Toy()).text == shown


def test_a_container_names_the_dtypes_within() -> None:
    found = show((Tensor([1.0]), Tensor([1], "int64"), Tensor(2.0)), Toy())
    assert (found.text, found.dtype, found.shape) == ("([1.0], [1], 2.0)", "float32,int64", None)


def test_the_engine_of_a_check_is_the_backend() -> None:
    assert observed("import torch.nn.functional as F\nF.relu(torch.tensor([-1, 2]))  # => [0, 2]").shown == "[0, 2]"


def test_assignments_and_with_blocks_show_their_value() -> None:
    assert observed("a = b = 2  # => 2").shown == "2"
    assert observed("import warnings\nwith warnings.catch_warnings():\n    a = 3\n    a + 1  # => 4").shown == "4"


def test_printing_shows_the_text() -> None:
    assert observed("print(2, 'b')  # => '2 b'").shown == "'2 b'"


def test_nothing_that_is_printed_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    performed("print('noise')\n1  # => 1")
    assert capsys.readouterr().out == ""


def test_lines_that_only_run_are_not_observed() -> None:
    assert [o.line for o in performed("x = 1\nx  # => 1").observations] == [7]


def test_a_promised_error_is_written_down_and_the_check_goes_on() -> None:
    outcome = performed("1 / 0  # raises ZeroDivisionError\n2  # => 2")
    assert outcome.observations[0].raised is not None
    assert outcome.observations[0].raised.types[0] == "ZeroDivisionError"
    assert outcome.observations[1].shown == "2"
    assert outcome.stopped is None


def test_an_error_at_an_observed_line_does_not_stop() -> None:
    outcome = performed("1 / 0  # => ?\n2  # => 2")
    assert (len(outcome.observations), outcome.stopped) == (2, None)


def test_any_other_error_stops_the_check() -> None:
    outcome = performed("x = 1 / 0\n2  # => 2")
    assert outcome.observations == ()
    assert outcome.stopped_at == 6
    assert outcome.stopped is not None
    assert str(outcome.stopped) == "ZeroDivisionError: division by zero"


def test_an_error_in_one_check_leaves_the_next_alone() -> None:
    outcome = performed("x = 1 / 0\n2  # => 2", more="\n```python\n3  # => 3\n```\n")
    assert [o.shown for o in outcome.observations] == ["3"]
    assert outcome.stopped_at == 6


def test_checks_share_no_names() -> None:
    outcome = performed("x = 1\nx  # => 1", more="\n```python\n'x' in globals()  # => False\n```\n")
    assert outcome.observations[1].shown == "False"


def test_every_warning_is_written_down_and_is_no_error() -> None:
    (first, second) = performed("torch.complain()\ntorch.complain()  # => 7").observations
    assert (first.line, first.shown, second.shown) == (6, "", "7")
    assert str(first.warned[0]) == "UserWarning: this is deprecated, use that"
    assert len(second.warned) == 1  # a second time, though Python would show it once


def test_a_check_that_needs_more_is_left_out() -> None:
    outcome = performed("torch.node.register_hook(1)  # => 1", more="\n```python\n2  # => 2\n```\n")
    assert [o.shown for o in outcome.observations] == ["2"]


def test_a_page_of_which_nothing_can_run_says_what_is_missing() -> None:
    both = performed("with torch.no_grad():\n    1j  # => 1j", more="\n```python\n1j  # => 1j\n```\n")
    assert both == SpecOutcome(missing=("complex",))


def test_what_the_adapter_calls_unsupported_is_missing() -> None:
    assert performed("1  # => 1\ntorch.lacking()") == SpecOutcome(missing=("toy has no lacking",))


def test_a_finished_check_keeps_nothing_alive() -> None:
    seen = []
    toy = Toy()
    toy.torch = type("N", (), {"Tensor": Tensor, "tensor": Tensor, "keep": lambda x: seen.append(weakref.ref(x))})
    gc.disable()
    try:
        perform(
            parse(page("x = torch.tensor([1.0])\ntorch.keep(x)\ndef f():\n    return x\nx  # => [1.0]"), "a/b"), toy
        )
        assert seen[0]() is None
    finally:
        gc.enable()


def test_the_value_of_a_line_dies_with_the_line() -> None:
    make = "def make():\n    x = torch.tensor([1.0])\n    refs.append(weakref.ref(x))\n    return x"
    check = f"import weakref\nrefs = []\n{make}"
    assert performed(f"{check}\nmake()  # => [1.0]\nrefs[0]() is None  # => True").observations[1].shown == "True"


def test_errors_have_the_pages_lines() -> None:
    outcome = performed("import sys\ndef where():\n    return sys._getframe().f_lineno\nwhere()  # => 8")
    assert outcome.observations[0].shown == "8"
