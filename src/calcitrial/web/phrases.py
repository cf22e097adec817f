"""Django's tags for translation, of which `translate` says a fixed text once per language and not once per row.

A list of fifty people has a thousand fixed texts, and looking them up one by one took a third of the time of the page.
The catalogues do not change while the program runs.
"""

from typing import Any

from django.template import Context, Library
from django.template.base import Node, Parser, Token
from django.templatetags import i18n
from django.utils.safestring import SafeString
from django.utils.translation import get_language

__all__ = ["register"]

register = Library()
register.tags |= i18n.register.tags
register.filters |= i18n.register.filters


class FixedText(Node):
    """A text that stands in the template itself, as said in each language that was asked for."""

    def __init__(self, node: Any) -> None:
        self.node = node
        self.said: dict[tuple[str | None, bool], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        """Return the text in the language of the page."""
        key = get_language(), context.autoescape
        if key not in self.said:
            self.said[key] = self.node.render(context)
        return self.said[key]


@register.tag("translate")
@register.tag("trans")
def translate(parser: Parser, token: Token) -> Any:
    """Return the node of `{% translate %}`: Django's own, but for fixed texts without a name to keep them under."""
    node = i18n.do_translate(parser, token)
    asked = node.filter_expression
    fixed = asked.var.literal is not None and not asked.filters and not node.message_context and not node.noop
    return FixedText(node) if fixed and not node.asvar else node
