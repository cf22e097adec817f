"""Who can do a step that somebody may not do themselves: people and their roles, so that no page is a dead end."""

from django.utils.translation import gettext as _

from calcitrial.people import rights, roles

NAMED = 6


def who_can(study: str, capability: str, site: str = "") -> str:
    """Return in a sentence who has a right at a site now; where nobody does, which role would give it."""
    fitting = sorted(role for role, held in roles().items() if capability in held)
    found = {
        f"{one.person} ({_(one.role_words)})": None
        for one in rights(study)
        if one.counts and one.role in fitting and one.site in ("", site)
    }
    if not found:
        names = ", ".join(_(role.replace("_", " ")) for role in fitting)
        return _("Nobody here can do it yet: an administrator grants the role %(names)s.") % {"names": names}
    shown = ", ".join(list(found)[:NAMED]) + (" …" if len(found) > NAMED else "")
    return _("It can be done by %(names)s.") % {"names": shown}
