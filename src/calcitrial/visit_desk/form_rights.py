"""Which forms of a protocol the form page takes: those that a hand enters, and of them what the person may see."""

from calcitrial.people import Scope, capability_to_enter, shown_blinded
from calcitrial.protocol import Form, Protocol

# Forms that only a verb of their room enters; the form page shows them and takes nothing.
BY_VERB = frozenset(
    {"criterion", "allocation", "lesion_allocation", "allocation_slot", "allocation_commitment"}
    | {"reading_plan", "reading_batch", "read"}
)


def may_enter(scope: Scope, protocol: Protocol, form: str, site: str) -> bool:
    """Return whether this person may enter this form for a participant of this site."""
    right = capability_to_enter(protocol, form)
    return form not in BY_VERB and bool(right) and scope.may(right, site)


def as_seen(form: Form, scope: Scope) -> Form:
    """Return the form with those items that this person may see: of a blinded one, none that can tell an arm."""
    if not scope.blinded:
        return form
    return form.model_copy(update={"items": tuple(one for one in form.items if shown_blinded(form.id, one.id))})
