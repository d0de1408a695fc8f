"""The README tells the truth: its example is the example, its commands are commands, its links lead somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gradspec.cli import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_engine_shown_is_the_engine_tested():
    assert (ROOT / "examples" / "tiny.py").read_text(encoding="utf-8") in README


def test_the_engine_shown_is_found_where_the_user_stands():
    console_script = [sys.executable, "-P", "-c", "from gradspec.cli import main; main()", "smoke", "tiny:Tiny"]
    roots = os.pathsep.join(str(ROOT / root) for root in ("impl", "conformance"))
    done = subprocess.run(
        console_script, cwd=ROOT / "examples", env={**os.environ, "PYTHONPATH": roots}, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr


def test_every_gradspec_command_named_exists():
    named = set(re.findall(r"(?:`|^    )gradspec ([a-z]+)", README, re.MULTILINE))

    assert named <= set(cli.commands), named - set(cli.commands)


def test_every_tox_environment_named_exists():
    environments = set(re.findall(r"^\[testenv:([\w{},]+)\]", (ROOT / "tox.ini").read_text(), re.MULTILINE))

    assert set(re.findall(r"tox run -e (\w+)", README)) <= environments


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_every_link_leads_somewhere(target):
    assert target.startswith("https://") or (ROOT / target).exists()


def test_the_page_shown_is_the_page():
    page = (ROOT / "specs" / "backward" / "accumulates.md").read_text(encoding="utf-8")
    shown = re.search(r"````markdown\n(.*?)````", README, re.DOTALL).group(1)

    assert shown.splitlines()[0] == page.splitlines()[0]
