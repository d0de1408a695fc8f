"""The suite's own specs, on the engines of this machine."""

from gradspec.suite.test_specs import test_spec

__all__ = ["test_spec"]
