"""Compiled kernels are kept where the platform keeps such things, or where one says."""

from pathlib import Path

from gradspec.backends import cache


def test_the_variable_wins(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADSPEC_CACHE", str(tmp_path))

    assert cache.folder("jax") == tmp_path / "jax"


def test_linux_follows_xdg(monkeypatch, tmp_path):
    monkeypatch.delenv("GRADSPEC_CACHE", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert cache.folder("jax") == tmp_path / "gradspec" / "jax"


def test_a_mac_has_a_library(monkeypatch):
    monkeypatch.delenv("GRADSPEC_CACHE", raising=False)
    monkeypatch.setattr("sys.platform", "darwin")

    assert cache.folder("jax") == Path.home() / "Library" / "Caches" / "gradspec" / "jax"


def test_windows_has_local_data(monkeypatch, tmp_path):
    monkeypatch.delenv("GRADSPEC_CACHE", raising=False)
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))

    assert cache.folder("jax") == tmp_path / "gradspec" / "Cache" / "jax"
