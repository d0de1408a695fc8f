"""Have gradspec's pytest plugin, with its short options, in a checkout that need not be installed."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from gradspec import plugin

pytest_plugins = ["pytester"]


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Register the plugin unless an installation has done so already."""
    if not pluginmanager.is_registered(plugin):
        pluginmanager.register(plugin, "gradspec")
    plugin.add_short_options(parser)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT interrupts, also in processes started meanwhile: a test run in the background would ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
