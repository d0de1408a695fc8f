"""The small Markdown of the pages: what it knows it renders, everything else it shows as it is."""

from __future__ import annotations

from gradspec.report.markdown import inline, render


def test_inline_code_is_not_looked_into():
    assert inline("`a *b* <c>`") == "<code>a *b* &lt;c&gt;</code>"
    assert inline("``a ` b``") == "<code>a ` b</code>"


def test_links_lead_to_the_web_or_nowhere():
    assert inline("[notes](https://x.org/a?b=1&c)") == (
        '<a href="https://x.org/a?b=1&amp;c" rel="noopener noreferrer">notes</a>'
    )
    assert "<a" not in inline("[x](javascript:alert(1)) [y](data:text/html,z) [z](//x.org)")
    assert inline('[x](https://x.org/"onclick="y)').count('"') == 4  # only those of our own two attributes


def test_emphasis_is_not_multiplication():
    assert inline("a **bold** and *soft* word") == "a <strong>bold</strong> and <em>soft</em> word"
    assert inline("x * y * z") == "x * y * z"
    assert inline("requires_grad_ and __init__") == "requires_grad_ and __init__"


def test_markup_in_the_text_is_shown():
    assert render("<img src=x onerror=alert(1)>") == "<p>&lt;img src=x onerror=alert(1)&gt;</p>"


def test_blocks():
    html = render("# T\n\none\ntwo\n\n- a\n- b\n\n> q\n\n## H\n")

    assert html == (
        "<h3>T</h3>\n<p>one\ntwo</p>\n<ul><li>a</li><li>b</li></ul>\n<blockquote><p>q</p></blockquote>\n<h4>H</h4>"
    )


def test_the_title_can_be_left_out_without_moving_the_lines():
    page = "# T\n\n```python\nx\n```\n"

    assert render(page, {4: "<b>note</b>"}, skip_title=True) == (
        '<div class="code python"><span>x\n</span><b>note</b></div>'
    )


def test_a_promise_is_set_apart_and_other_comments_are_not():
    html = render("```python\nx        # => [1 < 2]\ny  # plain\n```")

    assert "<span>x  <i># =&gt; [1 &lt; 2]</i>\n</span><span>y  # plain\n</span>" in html


def test_a_fence_that_is_never_closed_ends_with_the_page():
    assert render("```\nx\n# y") == '<div class="code "><span>x\n</span><span># y\n</span></div>'
