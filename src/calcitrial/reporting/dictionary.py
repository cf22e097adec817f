"""What the columns of the tidy tables mean that are no item of a form: (column, kind, label, unit, source)."""

from collections.abc import Mapping

Told = tuple[str, str, str, str, str]
PLACE = "the place of the entries"
ENTRIES: Told = ("entries", "entry numbers", "Numbers of the record entries behind the line", "", "the record")
PARTICIPANT: Told = ("participant", "text", "Participant", "", PLACE)
LESION: Told = ("lesion", "text", "Lesion", "", PLACE)
VISIT: Told = ("visit", "text", "Visit", "", PLACE)
ARM: Told = ("arm", "text", "Arm", "", "forms allocation and lesion_allocation, or the protocol's only arm")
INJECTIONS: Told = ("injections", "integer", "Injections given", "", "computed: lines of exposure with injected = true")
TOTAL: Told = (
    "total_mg",
    "number",
    "Sodium thiosulfate given",
    "mg",
    "computed: sum of mg in exposure; empty when a dose is missing",
)
OUTCOME = "computed by the outcome measure of the endpoint"

COMPUTED: Mapping[str, tuple[Told, ...]] = {
    "participants": (
        PARTICIPANT,
        ("enrolled", "boolean", "Enrolled", "", "computed: whether there is a form enrolment"),
        ARM,
        ("lesions", "integer", "Lesions", "", "computed: lines of lesions"),
        INJECTIONS,
        TOTAL,
    ),
    "lesions": (PARTICIPANT, LESION, ARM, INJECTIONS, TOTAL),
    "exposure": (
        PARTICIPANT,
        LESION,
        VISIT,
        ("visit_date", "date", "Date of the visit", "", "form visit, item visit_date"),
        ARM,
        ("mg", "number", "Sodium thiosulfate injected", "mg", "computed: concentration times volume"),
    ),
    "adverse_events": (
        PARTICIPANT,
        ARM,
        ("repeat", "text", "Number of the event within the participant", "", PLACE),
        ("lesion", "text", "Lesion the event was tied to", "", "form adverse_event, item ae_lesion"),
        (
            "days_since_first_injection",
            "integer",
            "Onset after the first injection of that lesion",
            "days",
            "computed: onset_date minus visit date",
        ),
        (
            "days_since_last_injection",
            "integer",
            "Onset after the last injection of that lesion before it",
            "days",
            "computed: onset_date minus visit date",
        ),
        ("special_interest", "text", "Kind of special interest", "", "computed: by the term, from the list of kinds"),
    ),
    "analysis": (
        ("endpoint", "text", "Endpoint of the protocol", "", "the protocol"),
        PARTICIPANT,
        LESION,
        VISIT,
        ARM,
        ("value", "number", "Value", "see unit", OUTCOME),
        ("unit", "text", "Unit of the value", "", OUTCOME),
        ("baseline", "number", "Value at baseline", "see unit", OUTCOME),
        ("log_size", "number", "Natural logarithm of the value", "", f"{OUTCOME}; 0 by the value that stands for it"),
        ("log_baseline", "number", "Natural logarithm of the baseline", "", OUTCOME),
        ("log_ratio", "number", "log_size minus log_baseline", "", OUTCOME),
        ("pain_change", "number", "Pain minus pain at baseline", "points", OUTCOME),
        ("vanished", "boolean", "Looked for and not found", "", "form of the picture, item flags; or form read"),
        ("excluded", "text", "Why the line is left out of the analysis", "", "computed: flags, enrolment, arm"),
        ("readers", "integer", "Blinded readers who have read it; empty where sizes are not theirs", "", "form read"),
        ("used", "boolean", "Whether the line is a row of the model", "", "computed: see excluded, and the visits"),
    ),
}
