from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from doubles.toy import page
from gradspec import plugin
from gradspec.specs import where
from gradspec.specs.model import LEVELS

TOY = "doubles.toy:Toy"
PAGES = {
    "sums/four": page("2 + 2  # => 4"),
    "sums/five": page("2 + 2  # => 5", claim="Two and two make five"),
    "trees/oak": page("torch.node.register_hook(1)  # => 5", claim="Oaks have hooks"),
}


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A place to run the suite from, with three pages of its own."""
    folder = pytester.mkdir("pages")
    for id, text in PAGES.items():
        (folder / id).parent.mkdir(exist_ok=True)
        (folder / f"{id}.md").write_text(text)
    monkeypatch.setattr(where, "pages", lambda given=None: Path(given or folder))
    return pytester


def run(suite: pytest.Pytester, *args: str) -> pytest.RunResult:
    """pytest as a third party runs it: the plugin comes from the installation."""
    installed = entry_points(group="pytest11", name="gradspec")
    named = () if installed else ("-p", "gradspec.plugin")  # a plugin may not be registered twice
    return suite.runpytest_inprocess(*named, "-p", "no:cacheprovider", "-rs", *args)


def specs(suite: pytest.Pytester, *args: str) -> pytest.RunResult:
    return run(suite, "--pyargs", "gradspec.suite", "-k", "test_spec", *args)


def test_there_is_a_test_for_each_spec_and_backend(suite: pytest.Pytester) -> None:
    result = specs(suite, "--backend", TOY, "-v")

    result.assert_outcomes(passed=1, failed=1, skipped=1, deselected=len_programs(suite))
    result.stdout.fnmatch_lines(["*test_spec?sums/four-toy? PASSED*"])


def len_programs(suite: pytest.Pytester) -> int:
    """How many tests the suite has besides the specs, for one backend."""
    listed = run(suite, "--pyargs", "gradspec.suite", "--backend", TOY, "--collect-only", "-q").outlines
    return sum("::" in line and "test_spec[" not in line for line in listed)


def test_specs_are_selected_by_level(suite: pytest.Pytester) -> None:
    others = len_programs(suite)
    must, rest = (specs(suite, "--backend", TOY, "-m", level) for level in ("must", "observed or legacy"))

    must.assert_outcomes(passed=1, failed=1, skipped=1, deselected=others)
    rest.assert_outcomes(deselected=len(PAGES) + others)


def test_every_level_has_a_mark() -> None:
    assert tuple(plugin.LEVELS) == LEVELS


def test_a_failure_is_one_line_of_the_page_without_a_traceback(suite: pytest.Pytester) -> None:
    result = specs(suite, "--backend", TOY)

    result.stdout.fnmatch_lines(["wrong-value: five.md:6 2 + 2: promised 5, got 4", "*Two and two make five"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_skip_says_what_is_missing(suite: pytest.Pytester) -> None:
    specs(suite, "--backend", TOY).stdout.fnmatch_lines(["SKIPPED*lacks hooks"])


@pytest.mark.parametrize(
    ("words", "passed", "failed"), [("sums/four", 1, 0), ("sums and toy", 1, 1), ("FOUR and not oak", 1, 0)]
)
def test_k_selects_by_spec_and_backend(suite: pytest.Pytester, words: str, passed: int, failed: int) -> None:
    result = run(suite, "--pyargs", "gradspec.suite", "--backend", TOY, "-k", words)
    outcomes = result.parseoutcomes()
    assert (outcomes.get("passed", 0), outcomes.get("failed", 0)) == (passed, failed)


def test_junit_has_a_case_for_each(suite: pytest.Pytester) -> None:
    specs(suite, "--backend", TOY, "--junitxml=j.xml")
    assert 'name="test_spec[sums/four-toy]"' in Path("j.xml").read_text()


def test_backends_may_be_repeated(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="a second backend is needed here")
    result = specs(suite, "--backend", TOY, "--backend", "torch:cpu", "-v")
    result.stdout.fnmatch_lines(["*four-toy? PASSED*", "*four-torch:cpu? PASSED*"])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--backend", "trch"], "ERROR: unknown backend 'trch'. Did you mean 'torch'?*"),
        (["--backend", f"{TOY}:moon"], "ERROR: toy has no device 'moon'.*"),
        (["--backend", "doubles.toy:Absent"], "ERROR: absent is not installed here."),
        (["--programs", "0"], "ERROR: --programs 0: nothing would be run.*"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(suite: pytest.Pytester, args: list[str], said: str) -> None:
    result = specs(suite, *args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])


def test_a_broken_page_is_one_line(suite: pytest.Pytester) -> None:
    (suite.path / "pages" / "sums" / "broken.md").write_text("no claim")
    result = specs(suite, "--backend", TOY)
    result.stdout.fnmatch_lines(["sums/broken.md:1: a page opens with its claim*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_without_a_backend_those_installed_are_taken(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "DEFAULT", ("doubles.toy:Absent", TOY))
    specs(suite).assert_outcomes(passed=1, failed=1, skipped=1, deselected=len_programs(suite))


def test_other_projects_keep_their_own_backend_option(suite: pytest.Pytester) -> None:
    suite.makeconftest('def pytest_addoption(parser): parser.addoption("--backend", default="theirs")')
    suite.makepyfile('def test_it(request): assert request.config.getoption("--backend") == "theirs"')
    run(suite).assert_outcomes(passed=1)


def test_other_projects_keep_their_own_tests(suite: pytest.Pytester) -> None:
    suite.makepyfile("import pytest\n@pytest.fixture\ndef spec(): return 3\ndef test_it(spec): assert spec == 3")
    run(suite).assert_outcomes(passed=1)


def test_the_plugin_imports_no_engine_and_no_harness() -> None:
    check = "import sys, gradspec.plugin; print(*sorted(m for m in sys.modules if m.startswith('gradspec.')))"
    loaded = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True, env={"PYTHONPATH": _root()}
    )
    assert loaded.stdout.split() == ["gradspec.plugin"]


def _root() -> str:
    return str(Path(plugin.__file__).parents[1])
