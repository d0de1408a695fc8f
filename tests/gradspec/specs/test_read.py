from __future__ import annotations

from pathlib import Path

import pytest

from doubles.toy import page
from gradspec.errors import BrokenSpec
from gradspec.specs.model import Step
from gradspec.specs.read import parse, read

WHOLE = """# A second backward adds to `.grad`

Gradients accumulate,
so that a batch may be split.

```python
x = torch.tensor([1.0, 2.0], requires_grad=True)
(x * x).sum().backward()
x.grad  # => [2., 4.]
```

On a functional engine:

```python
torch.func.grad(lambda x: x * x)(torch.tensor(3.0))  # => 6.
```

Sources: torch.autograd.backward (docstring);
  the post, "backward"

```toml
inventory = ["accum-adds"]
level = "should"
since = "2.0"
seconds = 30
```
"""


def test_a_whole_page() -> None:
    spec = parse(WHOLE, "backward/accumulates")

    assert spec.claim == "A second backward adds to `.grad`"
    assert spec.why == "Gradients accumulate,\nso that a batch may be split.\n\nOn a functional engine:"
    assert spec.sources == ("torch.autograd.backward (docstring)", 'the post, "backward"')
    assert (spec.inventory, spec.level, spec.since, spec.seconds) == (("accum-adds",), "should", "2.0", 30.0)
    assert spec.chapter == "backward"
    assert spec.text == WHOLE


def test_steps_have_the_lines_of_the_page() -> None:
    first, second = parse(WHOLE, "backward/accumulates").checks

    assert [step.line for step in first.steps] == [7, 8, 9]
    assert first.steps[2] == Step(9, "x.grad", "value", "[2., 4.]")
    assert first.needs == {"ops", "tape"}
    assert second.needs == {"ops", "func"}


def test_a_fence_ends_the_paragraph_before_it() -> None:
    spec = parse("# Two is two\n\nWhy not.\n```python\n2  # => 2\n```\nSources: arithmetic", "a/b")
    assert (spec.why, spec.sources) == ("Why not.", ("arithmetic",))


def steps(check: str) -> tuple[Step, ...]:
    return parse(page(check), "a/b").checks[0].steps


@pytest.mark.parametrize(
    ("check", "step"),
    [
        ("2 + 2  # => 4", Step(6, "2 + 2", "value", "4")),
        ("2 + 2  # => ?", Step(6, "2 + 2", "observe")),
        ("y = 2  # => 2", Step(6, "y = 2", "value", "2")),
        ("1 / 0  # raises ZeroDivisionError: by zero", Step(6, "1 / 0", "raises", "by zero", "ZeroDivisionError")),
        ("1 / 0  # raises ZeroDivisionError", Step(6, "1 / 0", "raises", "", "ZeroDivisionError")),
        ("1 / 0  # warns UserWarning: a ... c", Step(6, "1 / 0", "warns", "a ... c", "UserWarning")),
        ("1 / 0  # an ordinary remark => this", Step(6, "1 / 0")),
        ("'# => 3'", Step(6, "'# => 3'")),
    ],
)
def test_a_promise_is_the_comment_at_the_end(check: str, step: Step) -> None:
    assert steps(check) == (step,)


def test_a_statement_of_many_lines_is_one_step() -> None:
    assert steps("f = (\n    2 +\n    2\n)  # => 4") == (Step(6, "f = (\n    2 +\n    2\n)", "value", "4"),)


@pytest.mark.parametrize(
    "check",
    ["with x() as y:  # raises ValueError\n    y", "with x() as y:\n    y  # raises ValueError",
     "for x in 1, 2:  # raises ValueError\n    x"],
)  # fmt: skip
def test_a_block_carries_its_promise_at_its_head_or_at_its_end(check: str) -> None:
    assert [step.promise for step in steps("x = 3\n" + check)] == ["runs", "raises"]


def test_a_with_block_shows_its_last_expression() -> None:
    assert steps("with math as m:\n    m.pi\n    m.e  # => 2.7")[0].promise == "value"


def test_statements_on_one_line_promise_by_the_last() -> None:
    assert [(s.source, s.promise) for s in steps("a = 1; a  # => 1")] == [("a = 1", "runs"), ("a", "value")]


def test_a_decorated_function_begins_at_its_decorator() -> None:
    (step,) = steps("@len\ndef f():\n    return 2")
    assert (step.line, step.source) == (6, "@len\ndef f():\n    return 2")


def test_needs_of_the_page_replace_those_inferred() -> None:
    spec = parse(page("x.grad  # => 2".replace("x", "math"), more='\n```toml\nneeds = ["hooks"]\n```\n'), "a/b")
    assert spec.checks[0].needs == {"ops", "hooks"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Two and two\n", "a/b.md:1: a page opens with its claim"),
        ("# Two\nand two\n", "a/b.md:1: a page opens with its claim"),
        ("# Two and two\n\nSources: x\n", "a/b.md:1: no check. Add"),
        ("# Two and two\n\n```python\n1  # => 1\n```\n", "a/b.md:5: no source. End with"),
        ("# Two and two\n\n```python\n1  # => 1\n```\n\nSources:\n", "no source"),
        ("# Two and two\n\n```python\n1  # => 1\n", "a/b.md:3: this fence is never closed"),
        (page("1 +"), "a/b.md:6: this check is not Python"),
        (page("x = 2\nlaef(x)"), "a/b.md:7: unknown name 'laef'"),
        (page("import subprocess"), "a/b.md:6: a check may not import 'subprocess'"),
        (page("1  # => one"), "a/b.md:6: 'one' is not a literal"),
        (page("1  # raises the roof"), "a/b.md:6: '# raises the roof' reads like a promise and is none"),
        (page("for x in ():\n    x  # => 1"), "a/b.md:6: this statement has no value to promise"),
        (page("def f():\n    1  # => 1\n    return 2"), "a/b.md:7: a promise stands at the end of a statement"),
        (page("# => 1\n1"), "a/b.md:6: a promise stands at the end of a statement"),
        (page("with x() as x:  # => 1\n    x  # => 1"), "a/b.md:7: two promises for one statement"),
        (page("1  # => 1", more="```toml\nlevl = 2\n```"), "a/b.md:11: unknown key 'levl'. Known: inventory, level"),
        (page("1  # => 1", more='```toml\nlevel = "may"\n```'), "a/b.md:11: unknown level 'may'"),
        (page("1  # => 1", more='```toml\nneeds = ["tapes"]\n```'), "a/b.md:11: unknown capability 'tapes'"),
        (
            page("1  # => 1", more='```toml\nneeds = "tape"\n```'),
            "is not what this key takes. Write for instance needs =",
        ),
        (page("1  # => 1", more="```toml\nseconds = true\n```"), "is not what this key takes"),
        (page("1  # => 1", more="```toml\nlevel = \n```"), "a/b.md:11: not TOML"),
    ],
)
def test_a_broken_page_is_refused_in_one_line_with_its_place(text: str, said: str) -> None:
    with pytest.raises(BrokenSpec) as refused:
        parse(text, "a/b")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_page_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_bytes(b"\xff\xfe")
    with pytest.raises(BrokenSpec, match=r"a/b\.md: cannot be read"):
        read(tmp_path / "b.md", "a/b")
