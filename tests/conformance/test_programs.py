"""The suite's random programs, on the engines of this machine."""

from gradspec.suite.test_programs import test_programs

__all__ = ["test_programs"]
