"""The wheel is complete: from an empty folder, without the checkout, the suite runs on its own pages."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import gradspec
import refgrad

ROOT = Path(__file__).parents[1]


def test_the_two_packages_have_one_version():
    assert refgrad.__version__ == gradspec.__version__


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The project's wheel, unpacked: what `pip install` puts into site-packages."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, timeout=300)
    (built,) = folder.glob("*.whl")
    zipfile.ZipFile(built).extractall(folder / "site")
    return folder / "site"


def test_the_wheel_has_every_page(wheel):
    pages = {p.relative_to(ROOT / "specs").as_posix() for p in (ROOT / "specs").rglob("*.md")}

    assert {
        p.relative_to(wheel / "gradspec/pages").as_posix() for p in (wheel / "gradspec/pages").rglob("*.md")
    } == pages


def test_the_wheel_runs_in_an_empty_folder(wheel, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(wheel)}
    command = [sys.executable, "-m", "gradspec", "run", "--backend", "refgrad", "--chapter", "leaf", "--no-progress"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)

    assert done.returncode == 0, done.stdout + done.stderr
    assert {p.name for p in (tmp_path / "report").iterdir()} >= {"index.html", "report.json", "report.md", "junit.xml"}
    assert str(ROOT) not in (tmp_path / "report" / "report.json").read_text()


def test_no_file_names_a_package_host():
    for name in ("pyproject.toml", "tox.ini", "constraints.txt", ".ci/run"):
        hosts = re.findall(r"https?://\S+", (ROOT / name).read_text())

        assert hosts == [], f"{name}: {hosts}"
