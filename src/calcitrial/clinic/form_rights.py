"""Who may enter which form of a protocol: the capability that each needs, and those that no hand enters."""

# Forms whose entry is an act of its own; every other form of a protocol needs "enter_forms".
RIGHTS = {
    "screening": "screen",
    "criterion": "screen",
    "enrolment": "enrol",
    "lesion": "map_lesions",
    "injection": "inject",
    "adverse_event": "report_events",
}
# Forms that only a verb of their room enters; the form page shows them and takes nothing.
BY_VERB = frozenset(
    {"criterion", "allocation", "lesion_allocation", "allocation_slot", "allocation_commitment"}
    | {"reading_plan", "reading_batch", "read"}
)


def right_for(form: str) -> str:
    """Return the capability that entering this form needs."""
    return RIGHTS.get(form, "enter_forms")
