"""Whatever an engine says, every file of a report stays well-formed, says the same, and loads nothing."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from made_up import big, program, result, run, shown, spec

from gradspec.errors import CannotWrite
from gradspec.outcome import Observation, Raised, SpecOutcome
from gradspec.programs.model import encode
from gradspec.report import model, words
from gradspec.report.badge import badges, svg
from gradspec.report.build import build
from gradspec.report.clean import clean
from gradspec.report.junit import junit
from gradspec.report.page import margin, page
from gradspec.report.summary import LIMIT, fence, summary, text
from gradspec.report.write import put, write

NASTY = (
    "</script><script>alert(1)</script> <!-- | `code` ``` ]]> & \"q\" 'a' \x1b[31mred\x1b[0m \x1b]0;title\x07 "
    "bell\x07 nul\x00 half\ud800 turn\u202e end\ufffe [link](javascript:alert(1)) @someone #12 {{ 7 * 7 }} \r\n# head"
)
HERE = "spec:backward/accumulates"


@pytest.fixture(scope="module")
def nasty():
    """A run in which every word that an engine may choose is NASTY, and its page."""
    raised = Raised(("RuntimeError",), NASTY)
    outcome = SpecOutcome(
        (Observation(11, NASTY), Observation(13, "1", warned=(raised,)), Observation(14, raised=raised)),
        stopped=raised,
        stopped_at=15,
    )
    words = {"where": NASTY, "said": NASTY, "signature": NASTY}
    more = {"scripts": {NASTY: NASTY}, "numbers": {NASTY: NASTY}}
    raw = msgspec.Raw(encode(program()))
    return run(
        result(HERE, "torch:cpu", "wrong-error", outcome=outcome, **words, **more),
        result(HERE, "jax:cpu", "unsupported", said=NASTY, outcome=SpecOutcome(missing=("tape",))),
        result(HERE, "refgrad", "harness-error", said=NASTY, known=NASTY),
        result(f"program:{program().id}", "torch:cpu", "crash", program=raw, **words, **more),
    ), [spec(claim=NASTY.replace("\r\n", " "))]


class Tags(HTMLParser):
    """The tags of a page with their attributes, and whether each one that must be closed is."""

    VOID = frozenset({"meta", "input", "br", "link", "img", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes something else"


def test_clean_text_is_legal_everywhere_and_keeps_what_can_be_read():
    assert clean("\x1b[1;31mred\x1b[0m") == "red"
    assert clean("a\x00b\x07") == "a\\x00b\\x07"
    assert clean("\ud800") == "\\ud800"
    assert clean("\u202eevil\ufeff") == "\\u202eevil\\ufeff"
    assert clean("tab\tline\r\nnext é 梯度 ≤ 🙂") == "tab\tline\nnext é 梯度 ≤ 🙂"
    clean(NASTY).encode()
    ET.fromstring(b"<x>" + ET.tostring(ET.Element("y", a=clean(NASTY))) + b"</x>")


def test_no_word_of_an_engine_becomes_markup_in_the_page(nasty):
    bad, good = Tags(page(build(*nasty), nasty[1])), Tags(page(build(run(result(HERE, "refgrad"))), []))

    assert not bad.open
    assert [tag for tag, _ in bad.tags].count("script") == [tag for tag, _ in good.tags].count("script") == 2
    assert not [a for _, attributes in bad.tags for a in attributes if a.startswith("on")]
    assert not [a for _, attributes in bad.tags if "javascript:" in (a := attributes.get("href") or "")]


def test_the_template_is_not_filled_in_twice(nasty):
    assert "{{ 7 * 7 }}" in page(build(*nasty), nasty[1])


def test_the_page_loads_nothing():
    run_, pages = big()
    html = page(build(run_, pages), pages)

    assert not re.findall(r"(?:src|srcset|action|data|poster)\s*=\s*[\"'](?!viewport)[a-z]*:?//", html)
    assert not re.findall(r"<(?:link|img|iframe|object|embed|video|audio|base)\b|@import|url\(", html)
    assert "default-src 'none'" in html
    assert not re.findall(r"\b(?:fetch|XMLHttpRequest|WebSocket|import)\s*\(", html)


def test_every_link_inside_the_page_leads_somewhere():
    run_, pages = big()
    tags = Tags(page(build(run_, pages), pages)).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]

    assert len(set(ids)) == len(ids)
    inside = {a["href"][1:] for tag, a in tags if tag == "a" and (a.get("href") or "").startswith("#")}
    assert inside - set(ids) == {"-"}  # which closes a page by leading nowhere


def test_every_backend_shows_under_the_line_that_it_departs_at():
    results = (
        result(HERE, "refgrad", outcome=shown()),
        result(HERE, "torch:cpu", "wrong-gradient", where="accumulates.md:13", outcome=shown("[3.0]")),
    )
    html = page(build(run(*results), [spec()]), [spec()])

    assert '<span class="seen"><b>all</b> [2.0, 4.0]\n</span>' in html
    assert '<span class="seen bad"><b>torch:cpu</b> [3.0]\n</span>' in html
    assert '<span class="seen"><b>refgrad</b> [4.0, 8.0]\n</span>' in html


def test_a_documented_difference_is_set_off_without_alarm():
    results = (
        result(HERE, "refgrad", outcome=shown()),
        result(HERE, "jax:cpu", "documented", where="accumulates.md:13", outcome=shown("[3.0]")),
    )

    assert '<span class="seen noted"><b>jax:cpu</b> [3.0]' in page(build(run(*results), [spec()]), [spec()])


def test_the_json_is_read_back_as_it_was_written(nasty):
    for run_, pages in (nasty, big()):
        data = model.encode(build(run_, pages))
        assert model.encode(model.decode(data)) == data


def test_the_published_schema_is_that_of_the_report():
    published = Path(__file__).parents[3] / "docs" / "report-schema.json"

    assert json.loads(published.read_text(encoding="utf-8")) == json.loads(json.dumps(model.schema()))


def test_junit_counts_add_up_whatever_was_said(nasty):
    for run_, pages in (nasty, big()):
        report = build(run_, pages)
        root = ET.fromstring(junit(report))
        for suite, backend in zip(root, report.backends, strict=True):
            tallies = (backend.specs, backend.programs)
            assert int(suite.get("tests")) == len(suite.findall("testcase"))
            assert int(suite.get("errors")) == sum(t.errors for t in tallies)
            assert int(suite.get("skipped")) == backend.specs.unsupported
            assert int(suite.get("failures")) <= sum(t.departs for t in tallies)
        assert int(root.get("failures")) == sum(len(s.findall("testcase/failure")) for s in root) > 0


def test_junit_has_a_case_for_each_program_that_departs_and_one_for_all_others():
    suite = ET.fromstring(junit(build(*big()))).find("testsuite[@name='torch:cpu']")
    names = [case.get("name") for case in suite.findall("testcase[@classname='programs']")]

    assert len(names) == 3  # two signatures and the others
    assert names[-1] == "1,996 programs without a departure"


def test_junit_skips_with_a_reason():
    report = build(
        run(result(HERE, "refgrad"), result(HERE, "jax:cpu", "unsupported", outcome=SpecOutcome(missing=("tape",))))
    )

    assert (
        ET.fromstring(junit(report)).find("testsuite[@name='jax:cpu']/testcase/skipped").get("message") == "lacks tape"
    )


def test_the_summary_keeps_its_tables_and_fences_whatever_was_said(nasty):
    lines = summary(build(nasty[0], [spec()])).split("\n")  # a claim is a page's own Markdown

    for line in lines:
        if line.startswith("| "):
            assert line.count("|") in (3, 9), line
    assert sum(line.startswith("````") for line in lines) == 4  # two scripts, each opened and closed
    prose = re.sub(r"````.*?\n````", "", "\n".join(lines), flags=re.DOTALL)
    assert "@<!-- -->someone" in prose
    assert "@someone" not in prose


def test_markdown_text_shows_just_its_characters():
    assert text("a|b") == "a&#124;b"
    assert text("<b>`x`</b>\n# y") == "&#60;b&#62;&#96;x&#96;&#60;/b&#62; # y"
    assert text("@someone in #12") == "@<!-- -->someone in #<!-- -->12"
    assert fence("```\nx\n```").split("\n")[0] == "````"


def test_a_long_summary_fits_a_comment_and_says_what_it_left_out():
    results = [result(f"program:{i:016x}", "refgrad", "wrong-value", said="x" * 1000) for i in range(200)]
    written = summary(build(run(*results)))

    assert len(written) < LIMIT + 200
    shown_ = written.count("<details>")
    assert f"and {200 - shown_} more findings, in report.json" in written


def test_badges_are_well_formed_and_tell_the_colour_of_the_run(nasty):
    files = badges(build(*big()))

    assert set(files) >= {"badge.svg", "badge.json", "badge-torch-cpu.svg", "badge-torch-cpu.json"}
    for name, content in files.items():
        ET.fromstring(content) if name.endswith(".svg") else json.loads(content)
    assert json.loads(files["badge-refgrad.json"])["message"] == "180 of 180 promises kept"
    ET.fromstring(svg(clean(NASTY), clean(NASTY), "#000"))


def test_a_sentence_says_what_was_kept_and_what_was_not():
    torch, jax = build(*big()).backends[1:]

    assert torch.label == "torch 2.13.0 on cpu"
    assert words.sentence(torch) == (
        "keeps 165 of 168 promises and departs from 3 (12 more are unsupported); departs on 4 of 2,000 programs"
    )
    assert words.sentence(jax).startswith(
        "keeps 113 of 118 promises, departs from 2, differs as documented on 2 and leaves 1 undecided"
    )


def test_every_verdict_has_its_own_mark_and_departures_a_shape_of_their_own():
    assert set(words.MARKS) == set(words.Verdict)
    assert len({mark.letter for mark in words.MARKS.values()}) == len(words.MARKS)
    assert {v for v, mark in words.MARKS.items() if mark.shape == "square"} == {v for v in words.Verdict if v.departs}


def test_a_margin_is_written_in_few_digits():
    assert [margin(m) for m in (None, 0.0, 0.314, 42.0, 1.3e6)] == ["", "0.00", "0.31", "42", "1.3e+06"]


def test_the_same_run_is_written_the_same_twice(tmp_path, nasty):
    for folder in ("one", "two"):
        write(nasty[0], tmp_path / folder, nasty[1])

    one, two = ({f.name: f.read_bytes() for f in (tmp_path / folder).iterdir()} for folder in ("one", "two"))
    assert one == two
    assert set(one) >= {"index.html", "report.json", "report.md", "junit.xml", "badge.svg", "badge.json"}


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(CannotWrite, match=r"file/index\.html: cannot write: .*Name another folder") as raised:
        write(run(result(HERE, "refgrad")), tmp_path / "file", [])
    assert "\n" not in str(raised.value)


def test_a_file_that_fails_half_way_leaves_the_old_one(tmp_path, monkeypatch):
    put(tmp_path / "report.md", "old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(CannotWrite, match="No space left"):
        put(tmp_path / "report.md", "new")
    assert [(f.name, f.read_text()) for f in tmp_path.iterdir()] == [("report.md", "old")]
