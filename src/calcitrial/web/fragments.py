"""Parts of pages that are drawn once for each content: `{% kept "template" name=value … %}`.

A row of a list, a field of a form, a line of what is due says the same as long as its values are the same. So what
was drawn is found again by the template, the language and all the values that it is given, and by nothing else: the
template sees neither the request nor anything about the person who asks, and so two people get the same part only where
everything in it is the same. What holds a name or a contact is never drawn so: erasing a person must not wait for the
memory of a process.
"""

from collections.abc import Hashable, Mapping
from typing import Any

from django import template
from django.template import Context
from django.template.base import FilterExpression, Node, Parser, Token, token_kwargs
from django.utils.safestring import SafeString
from django.utils.translation import get_language

# Drawn parts are a few hundred signs long to a few thousand.
KEPT = 5_000
register = template.Library()
_kept: dict[Hashable, SafeString] = {}


class Kept(Node):
    """A part that is drawn from the values given to it alone."""

    def __init__(self, name: str, given: Mapping[str, FilterExpression]) -> None:
        self.name, self.given = name, given

    def render(self, context: Context) -> SafeString:
        """Return the part: as it was drawn for the same values, or drawn now."""
        values = {name: one.resolve(context) for name, one in self.given.items()}
        # 1, 1.0 and True are equal and are not written the same.
        key = self.name, get_language(), *((type(value), value) for value in values.values())
        try:
            found = _kept.get(key)
        except TypeError:  # a value that can change has no key
            return self._drawn(context, values)
        if found is None:
            found = self._drawn(context, values)
            _kept[key] = found
            for old in list(_kept)[:-KEPT] if len(_kept) > KEPT + 500 else ():
                _kept.pop(old, None)
        return found

    def _drawn(self, context: Context, values: dict[str, Any]) -> SafeString:
        page = context.template
        if page is None:
            raise template.TemplateSyntaxError(self.name)
        return page.engine.get_template(self.name).render(context.new(values))


@register.tag
def kept(parser: Parser, token: Token) -> Kept:
    """Return the node of `{% kept "template" name=value … %}`."""
    _tag, name, *given = token.split_contents()
    values = token_kwargs(given, parser)
    if given or name[0] not in "\"'":
        raise template.TemplateSyntaxError(token.contents)
    return Kept(name[1:-1], values)
