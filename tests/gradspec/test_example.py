"""The README's engine of one's own is tested as the README says."""

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def gradspec(*words: str, report: Path, source: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would, in a folder with tiny.py or a changed copy of it."""
    folder = EXAMPLES
    if source:
        folder = report.parent
        (folder / "tiny.py").write_text(source)
    code = f"import sys; sys.path[:0] = {[str(folder), *sys.path]!r}; from gradspec.cli import main; main()"
    command = [sys.executable, "-c", code, *words, "--report", str(report), "--no-progress", "--in-process"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=report.parent)


def test_the_examples_programs_agree(tmp_path):
    done = gradspec("run", "--backend", "tiny:Tiny", "--no-specs", "--programs", "50", report=tmp_path / "report")

    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "report" / "index.html").exists()


def test_a_wrong_rule_in_the_example_is_found(tmp_path):
    wrong = (EXAMPLES / "tiny.py").read_text().replace("g * (1 - out * out)", "g * (1 - out)")
    done = gradspec(
        "run", "--backend", "tiny:Tiny", "--no-specs", "--programs", "50", report=tmp_path / "report", source=wrong
    )

    assert done.returncode == 1
    assert "wrong-gradient" in done.stdout


def test_the_examples_adapter_keeps_the_protocol(monkeypatch):
    from gradspec.backends import smoke

    monkeypatch.syspath_prepend(str(EXAMPLES))

    assert [str(trial) for trial in smoke.smoke("tiny:Tiny")] == []
