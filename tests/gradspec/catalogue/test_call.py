"""One template is a function to call and a line to print."""

from __future__ import annotations

from gradspec.catalogue.call import function, line


class Words:
    """A namespace that shows how it was called."""

    @staticmethod
    def f(*args: object, **settings: object) -> tuple[object, object]:
        return args, settings


TEMPLATE = "ns.f({0}, {1}, {0}, dim={dim})"


def test_a_template_is_called_with_tensors_and_settings() -> None:
    assert function(TEMPLATE, "ns")(Words, "x", "y", dim=-1) == (("x", "y", "x"), {"dim": -1})


def test_settings_that_a_template_does_not_use_are_ignored() -> None:
    assert function("ns.f({0})", "ns")(Words, "x", dim=-1) == (("x",), {})


def test_a_template_is_printed_with_names_and_literals() -> None:
    assert line(TEMPLATE, ["v1", "v2"], {"dim": (0, "a")}) == "ns.f(v1, v2, v1, dim=(0, 'a'))"
