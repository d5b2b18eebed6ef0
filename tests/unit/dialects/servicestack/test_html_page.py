"""Pages for browsers."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.servicestack.html_page import code, markup, page


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_lists_are_tables_with_all_names() -> None:
    text = markup(
        {"messages": [{"to": "1", "accepted": True}, {"to": "2", "error": "no"}], "none": [], "a": None}
    )
    assert "<tr><th>to</th><th>accepted</th><th>error</th></tr>" in text
    assert "<tr><td>1</td><td>true</td><td></td></tr>" in text
    assert markup(["a", {"b": 1}]).startswith("<ul><li>a</li>")


@given(st.text(max_size=40))
def test_no_text_becomes_markup(text: str) -> None:
    parser = Tags()
    parser.feed(page("t", markup({"x": [{"y": text}], text: text})).decode("utf-8", "replace"))
    allowed = {"html", "head", "meta", "title", "style", "body", "h1", "table", "tr", "th", "td"}
    assert set(parser.tags) <= allowed


def test_code_and_titles_are_escaped() -> None:
    assert code("<a>&") == "<pre>&lt;a&gt;&amp;</pre>"
    assert b"<script>" not in page("<script>", "")
