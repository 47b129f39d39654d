"""One Markdown body in the three forms that channels need: HTML, plain text, and blocks for a letter."""

from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

Block = dict[str, Any]

# No HTML, no pictures, no code: words are sentences, lists and headings, and nothing is fetched from anywhere.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(
    ["html_block", "html_inline", "image", "code", "fence", "backticks", "reference"])
_DIRECTED = frozenset({"paragraph_open", "heading_open", "bullet_list_open", "ordered_list_open", "list_item_open",
                       "blockquote_open"})


def parse(body: str) -> list[Token]:
    """The body's tokens."""
    return _MARKDOWN.parse(body)


def html(tokens: list[Token], *, rtl: bool) -> str:
    """The body as HTML; every block says its direction, since old mail programs forget the page's."""
    if rtl:
        for token in tokens:
            if token.type in _DIRECTED:
                token.attrSet("dir", "rtl")
    rendered: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return rendered.strip()


def text(tokens: list[Token]) -> str:
    """The body as plain text."""
    return "\n\n".join(_text_block(node) for node in SyntaxTreeNode(tokens).children)


def blocks(tokens: list[Token]) -> list[Block]:
    """The body as blocks for a letter: {kind, spans} and {kind, items}; a span is {text, strong, emph}."""
    return [_block(node) for node in SyntaxTreeNode(tokens).children]


def _text_block(node: SyntaxTreeNode) -> str:
    if node.type in ("bullet_list", "ordered_list"):
        return "\n".join(_text_item(item, place) for place, item in enumerate(node.children, _start(node)))
    if node.type == "blockquote":
        return "\n\n".join(_text_block(child) for child in node.children)
    return "-----" if node.type == "hr" else _flat(node)


def _text_item(item: SyntaxTreeNode, place: int) -> str:
    listed = item.parent is not None and item.parent.type == "ordered_list"
    lead = f"{place}. " if listed else "- "
    return lead + "\n".join(_text_block(child) for child in item.children).replace("\n", "\n  ")


def _start(node: SyntaxTreeNode) -> int:
    return int(node.attrs.get("start", 1))


def _flat(node: SyntaxTreeNode) -> str:
    return "".join(span["text"] for span in _spans(node))


def _block(node: SyntaxTreeNode) -> Block:
    if node.type in ("bullet_list", "ordered_list"):
        kind = "bullets" if node.type == "bullet_list" else "numbers"
        items = [[_block(child) for child in item.children] for item in node.children]
        return {"kind": kind, "start": _start(node), "items": items}
    if node.type == "blockquote":
        return {"kind": "quote", "items": [[_block(child) for child in node.children]]}
    if node.type == "hr":
        return {"kind": "rule"}
    return {"kind": "heading" if node.type == "heading" else "paragraph", "spans": _spans(node)}


def _spans(node: SyntaxTreeNode, strong: bool = False, emph: bool = False) -> list[Block]:
    """The runs of text below a block or an inline node, each with its weight and slant."""
    spans: list[Block] = []
    for child in node.children:
        if child.type in ("text", "softbreak", "hardbreak"):
            said = child.content if child.type == "text" else " " if child.type == "softbreak" else "\n"
            spans.append({"text": said, "strong": strong, "emph": emph})
        else:
            spans += _spans(child, strong or child.type == "strong", emph or child.type == "em")
            if child.type == "link":
                spans += _typed_address(child)
    return spans


def _typed_address(link: SyntaxTreeNode) -> list[Block]:
    """On paper and in plain text a link is worth only the address that can be read."""
    href = str(link.attrs.get("href", ""))
    address = href.removeprefix("mailto:").removeprefix("tel:")
    return [] if address in _flat(link) else [{"text": f" ({address})", "strong": False, "emph": False}]
