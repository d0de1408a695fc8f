"""Names lead to backends, and every wrong name to one clear line."""

from importlib.metadata import EntryPoint

import pytest

from doubles.faulty import Good
from gradspec.backends import registry
from gradspec.errors import BrokenBackend, DeviceMissing, EngineMissing, UnknownName

HERE = __name__


class Claims(Good):
    """Claims something that nobody can ask for."""

    capabilities = frozenset({"ops", "telepathy"})


class Half:
    """Keeps half of the protocol."""

    def __init__(self, device: str = "") -> None:
        self.name, self.device, self.capabilities = "half", device, frozenset({"ops"})


class Absent:
    def __init__(self, device: str = "") -> None:
        raise EngineMissing("absent is not installed here.")


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, registry.GROUP)


@pytest.fixture
def good(monkeypatch):
    """An adapter that is registered as "good"."""
    monkeypatch.setattr(registry, "entry_points", lambda group: (point("good", "doubles.faulty:Good"),))


def test_a_plug_in_is_found_by_its_entry_point(good):
    assert isinstance(registry.load("good"), Good)
    assert "good" in registry.registered()


def test_our_own_names_need_no_installation(monkeypatch):
    monkeypatch.setattr(registry, "entry_points", lambda group: ())

    assert {"jax", "refgrad", "torch"} <= set(registry.registered())


def test_a_class_is_named_by_its_place():
    assert isinstance(registry.load("doubles.faulty:Good"), Good)


def test_a_device_follows_the_name(good):
    assert registry.load("good:moon").device == "moon"
    assert registry.load("doubles.faulty:Good:moon").device == "moon"
    with pytest.raises(DeviceMissing, match="sees no device"):
        registry.load("doubles.faulty:NoDevice")


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownName, match="unknown backend 'refgard'. Did you mean 'refgrad'?"):
        registry.load("refgard")


@pytest.mark.parametrize(
    ("id", "said"),
    [
        ("no.such.module:Class", "No module named 'no'"),
        ("doubles.faulty:Nothing", "has no attribute 'Nothing'"),
        (f"{HERE}:Half", "has no torch, torch_messages, versions"),
        (f"{HERE}:Claims", "unknown capability 'telepathy'"),
    ],
)
def test_an_adapter_that_does_not_keep_the_protocol_is_broken(id, said):
    with pytest.raises(BrokenBackend, match=said) as caught:
        registry.load(id)

    assert "\n" not in str(caught.value)


def test_an_engine_that_is_not_here_is_not_installed(monkeypatch):
    points = (point("absent", f"{HERE}:Absent"), point("good", "doubles.faulty:Good"))
    monkeypatch.setattr(registry, "entry_points", lambda group: points)

    assert "absent" not in registry.installed()
    assert "good" in registry.installed()


def test_an_id_says_engine_and_device(good):
    assert registry.identity(registry.load("good")) == "doubles.faulty:Good"
    assert registry.identity(registry.load("good:moon")) == "doubles.faulty:Good:moon"


def test_divergences_lie_beside_the_adapter():
    assert registry.beside("jax:cpu").name == "jax.toml"
    assert registry.beside("jax:cpu").parent.name == "backends"
    assert registry.beside(f"{HERE}:Half").name == "half.toml"
