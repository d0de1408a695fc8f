"""Known divergences are read with their lines, hold for their versions, and go stale."""

from __future__ import annotations

import pytest

from gradspec import catalogue
from gradspec.backends import registry
from gradspec.errors import BrokenBackend
from gradspec.judge import known
from gradspec.judge.known import Case

TABLE = """\
# comment

[[spec]]
id = "kinks/abs"
does = "gives 1"
why = "select"
source = "jax#1"
versions = ">=0.10, <0.12"

[[op]]
op = "abs"
where = "kink"
modes = ["reverse"]
does = "has derivative 1 at 0"
why = "select"
source = "jax#1"

[[op]]
op = "exp"
does = "is off"
why = "fast"
source = "jax#2"
devices = ["gpu"]
dtypes = ["float32"]
within = 1e-6

[[op]]
op = "cos"
does = "is off"
why = "large numbers are not reduced"
source = "jax#3"
values = ["large"]

[[op]]
op = "tan"
where = "error"
says = "no such thing"
does = "refuses"
why = "lacks it"
source = "jax#4"
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "jax.toml"
    path.write_text(TABLE, encoding="utf-8")
    return lambda version="0.10.2", device="cpu": known.read(path, {"jax": version, "device": device})


def test_an_entry_knows_its_line(table):
    assert table().spec("kinks/abs").where == "jax.toml:3"
    assert table().op(Case("abs", "kink", "reverse")).where == "jax.toml:10"


def test_a_spec_without_an_entry_is_not_known(table):
    assert table().spec("kinks/sqrt") is None


def test_an_entry_holds_for_its_versions_only(table):
    assert table("0.9").spec("kinks/abs") is None
    assert table("0.12.0").spec("kinks/abs") is None
    assert table("0.11.3+cuda").spec("kinks/abs") is not None


def test_an_entry_holds_on_its_devices_only(table):
    assert table().op(Case("exp", "anywhere", "reverse", "float32")) is None
    assert table(device="gpu:1").op(Case("exp", "anywhere", "reverse", "float32")) is not None


def test_an_entry_holds_for_its_value_classes_only(table):
    assert table().op(Case("cos", "anywhere", "reverse", values=frozenset({"ties"}))) is None
    assert table().op(Case("cos", "anywhere", "reverse", values=frozenset({"ties", "large"}))) is not None


def test_an_op_s_entry_holds_at_its_point_and_in_its_modes(table):
    assert table().op(Case("abs", "anywhere", "reverse")) is None
    assert table().op(Case("abs", "kink", "forward")) is None
    assert table().op(Case("sin", "kink", "reverse")) is None


def test_an_entry_that_holds_anywhere_holds_at_a_kink(table):
    assert table(device="gpu").op(Case("exp", "kink", "forward", "float32")) is not None


def test_an_entry_goes_as_far_as_it_says_in_the_dtypes_it_names(table):
    gpu = table(device="gpu")

    assert gpu.op(Case("exp", "anywhere", "reverse", "float32", far=1e-7)) is not None
    assert gpu.op(Case("exp", "anywhere", "reverse", "float32", far=1e-5)) is None
    assert gpu.op(Case("exp", "anywhere", "reverse", "float64")) is None


def test_an_error_is_excused_only_in_the_words_that_the_entry_names(table):
    assert table().op(Case("tan", "error", "reverse", said="raised TypeError: no such thing; it answers")) is not None
    assert table().op(Case("tan", "error", "reverse", said="raised TypeError: another thing; it answers")) is None


def test_a_value_is_excused_only_where_the_entry_names_it(table):
    assert table(device="gpu").op(Case("exp", "anywhere", "value", "float32")) is None


def test_an_entry_with_chances_that_never_happens_is_stale(table):
    found = table()
    entry = found.op(Case("abs", "kink", "reverse"))
    found.met[entry.id] = known.CHANCES - 1
    assert found.stale() == []

    found.met[entry.id] += 1
    assert found.stale() == ["jax.toml:10: abs at a kink was met 20 times and never happened. Delete this entry."]

    found.happened[entry.id] = 1
    assert found.stale() == []


def test_an_entry_may_ask_for_more_chances(tmp_path):
    path = tmp_path / "engine.toml"
    path.write_text('[[op]]\nop = "abs"\nchances = 30\ndoes = "x"\nwhy = "y"\nsource = "z"\n', encoding="utf-8")
    found = known.read(path, {})
    found.met["abs anywhere"] = 29
    assert found.stale() == []

    found.met["abs anywhere"] = 30
    assert len(found.stale()) == 1


@pytest.mark.parametrize(
    ("version", "wanted", "holds"),
    [
        ("2.13.0+cpu", "", True),
        ("2.13.0+cpu", ">=2.11", True),
        ("2.9.1", ">=2.11", False),
        ("2.13.0", "==2.13", True),
        ("2.13.1", ">2.13, !=2.13.2", True),
        ("2.13.2", ">2.13, !=2.13.2", False),
        ("2.14.0a1", "<2.14", False),
        ("3", "<=2.99", False),
        ("", ">=1", False),
    ],
)
def test_versions_are_compared_number_by_number(version, wanted, holds):
    assert known.matches(version, wanted) is holds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[spec]\n", "jax.toml: "),
        ("[[spec]]\nid = 'x'\n", "missing required field `does`"),
        ("[[op]]\nop='x'\ndoes=''\nwhy=''\nsource=''\nwhere='there'\n", "Invalid enum value 'there'"),
        ("[[op]]\nop='x'\ndoes=''\nwhy=''\nsource=''\nwehre='kink'\n", "unknown field `wehre`"),
        ("[[spec]]\nid='x'\ndoes=''\nwhy=''\nsource=''\nversions='~2'\n", "a version clause '~2' cannot be read"),
    ],
)
def test_a_table_that_cannot_be_read_is_one_line(tmp_path, text, said):
    path = tmp_path / "jax.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(BrokenBackend, match=said) as caught:
        known.read(path, {"jax": "1"})
    assert "\n" not in str(caught.value)


def test_nothing_is_known_of_an_engine_without_a_table(monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "beside", lambda name: tmp_path / "none.toml")

    assert known.load("mine", {}).entries == ()


@pytest.mark.parametrize("engine", ["torch", "jax"])
def test_our_own_tables_name_ops_and_say_why(engine):
    for entry in known.load(engine, {engine: "99", "device": "cpu"}).entries:
        assert entry.op in catalogue.ops() or entry.op in ("", "*")
        assert all((entry.does, entry.why, entry.source))


@pytest.mark.parametrize("engine", ["torch", "jax"])
def test_no_two_entries_of_ours_are_called_the_same(engine):
    ids = [entry.id for entry in known.load(engine, {engine: "99", "device": "cpu"}).entries]

    assert sorted(ids) == sorted(set(ids))
