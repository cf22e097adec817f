"""Any form of a protocol as fields to draw, and what a browser sent back as values.

A page puts `fields_of(…)` and `summary_of(…)` into its template as `fields` and `summary` and includes
"desk/fields.html" inside its own <form>; it loads "desk/forms.css". What is sent back goes through `values_of`
to the gateway, whose problems go back into `fields_of`, so that each stands beside its field with what was typed.
Names of other inputs of such a page begin with an underscore ("_expected", "_reason"): every other name is taken for
an item, and the gateway refuses those that the form does not have.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from calcitrial.desk.marks import NO_MARKS, Marks
from calcitrial.protocol import Form, Item, Problem, Protocol
from calcitrial.record import Place
from calcitrial.web import history_link, number, spoken

# Of a longer text a page gives back the beginning, and of a sentence that holds one too.
SHOWN, SAID = 100_000, 2_000
FEW = 6  # choices up to so many are shown at once; more are a list to open
INPUTS = {"integer": "number", "decimal": "number", "date": "date", "text": "text", "boolean": "radio"}
YES_NO = (("true", "yes"), ("false", "no"))
NOT_KNOWN = ("", "not known")
TOKEN = "csrfmiddlewaretoken"

Options = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Choice:
    """One possible answer: its value, its words, the id of its input, and whether it is chosen."""

    value: str
    label: str
    id: str
    chosen: bool


@dataclass(frozen=True)
class Field:
    """One item of a form as the template draws it.

    Attributes:
        item: id of the item; `name` is that of the input (with the prefix), `id` that of its element.
        input: 'number', 'date', 'text', 'textarea', 'radio' or 'select'.
        usual: the soft limits in words, '' without.
        problems: sentences about this field.
        history: address of everything ever entered here, '' when nothing was.
        marks: what data review says of the value: queries, verification.
        show_if: the rule under which it is asked, '' when always; `asked` is whether it is asked now.
    """

    item: str
    name: str
    id: str
    label: str
    input: str
    unit: str
    help: str
    value: str
    required: bool
    choices: tuple[Choice, ...] = ()
    problems: tuple[str, ...] = ()
    usual: str = ""
    history: str = ""
    show_if: str = ""
    asked: bool = True
    notes: tuple[str, ...] = field(default=())
    marks: Marks = NO_MARKS

    @property
    def described_by(self) -> str:
        """Return the ids of what a screen reader should read with the field: help and problems."""
        said = ((self.help or self.usual or self.notes, f"{self.id}-help"), (self.problems, f"{self.id}-problems"))
        return " ".join(name for there, name in said if there)

    @property
    def text(self) -> str:
        """Return the value in words, for who may only read."""
        chosen = next((one.label for one in self.choices if one.chosen and one.value), "")
        return (
            spoken(chosen)
            if chosen
            else number(f"{self.value} {spoken(self.unit)}")
            if self.unit and self.value
            else self.value
        )


def fields_of(
    protocol: Protocol,
    form: Form,
    values: Mapping[str, str],
    problems: Sequence[Problem] = (),
    *,
    place: Place | None = None,
    entered: Collection[str] = (),
    options: Mapping[str, Options] | None = None,
    not_asked: Collection[str] = (),
    notes: Mapping[str, Sequence[str]] | None = None,
    marks: Mapping[str, Marks] | None = None,
    prefix: str = "",
    within: str = "",
) -> list[Field]:
    """Return the items of a form in its order, each with its value and its problems.

    `entered` names the items that the record has at `place`: they get a link to their history. `options` gives
    the answers of items that are no fixed choice, such as the lesions of a participant, by item. `not_asked` names
    the items whose skip rule is not true now. `marks` are those of `marks_of`. `prefix` keeps apart two forms on
    one page by name and id, `within` by id alone.
    """
    by_item = problems_by_item(form, problems)
    found = []
    for item in form.items:
        kind, choices = _input(item, options or {})
        name = prefix + item.id
        value = values.get(item.id, "")[:SHOWN]
        found.append(
            Field(
                item=item.id,
                name=name,
                id=f"f-{within}{name}",
                label=item.label,
                input=kind,
                unit=item.unit,
                help=item.help,
                value=value,
                required=item.required,
                choices=_choices(choices, value, f"f-{within}{name}"),
                problems=tuple(f"{one.what[:SAID]} {one.instead}".strip() for one in by_item.get(item.id, ())),
                usual=usual_words(item),
                history=history_link(protocol.id, place, item.id) if place and item.id in entered else "",
                show_if=item.show_if,
                asked=item.id not in not_asked,
                notes=tuple((notes or {}).get(item.id, ())),
                marks=(marks or {}).get(item.id, NO_MARKS),
            )
        )
    return found


def values_of(form: Form, post: Mapping[str, str], prefix: str = "") -> dict[str, str]:
    """Return what was sent for a form, by item, as it was typed.

    Names that are no item of the form are kept, so that the gateway refuses them in a sentence; those of the page
    itself, which begin with an underscore, are not.
    """
    return {
        name.removeprefix(prefix): post[name].replace("\r\n", "\n").replace("\r", "\n")
        for name in post
        if name.startswith(prefix) and not name.startswith("_") and name != TOKEN
    }


def problems_by_item(form: Form, problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    """Return the problems by the item that the end of their place names; '' for those of the whole form."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        item = problem.place.rpartition(".")[2]
        found.setdefault(item if form.item(item) else "", []).append(problem)
    return found


def summary_of(form: Form, fields: Sequence[Field], problems: Sequence[Problem]) -> list[tuple[str, str]]:
    """Return every problem as (address inside the page, sentence), those of the whole form ('' as address) first."""
    general = problems_by_item(form, problems).get("", [])
    own = [("", f"{one.what[:SAID]} {one.instead}".strip()) for one in general]
    return own + [(f"#{one.id}", sentence) for one in fields for sentence in one.problems]


def usual_words(item: Item) -> str:
    """Return the soft limits of an item as text such as '35 to 50 g/L'; '' when it has none."""
    if item.usual is None:
        return ""
    low, high = item.usual
    return f"{low:g} to {high:g} {item.unit}".strip()


def _input(item: Item, options: Mapping[str, Options]) -> tuple[str, Options]:
    """Return how an item is asked, and its possible answers."""
    if item.id in options:
        return "select", [("", ""), *options[item.id]]
    if item.type == "boolean":
        return "radio", [*YES_NO, *_nothing(item)]
    if item.type == "choice":
        answers = [(choice, choice) for choice in item.choices]
        if len(answers) > FEW:
            return "select", [("", ""), *answers]
        return "radio", [*answers, *_nothing(item)]
    return ("textarea" if item.long else INPUTS.get(item.type, "text")), ()


def _nothing(item: Item) -> Options:
    """Return the answer that says nothing: none where one must be given, but where the question may fall away."""
    return () if item.required and not item.show_if else (NOT_KNOWN,)


def _choices(answers: Options, value: str, name: str) -> tuple[Choice, ...]:
    """Return the answers with the ids of their inputs; the first has the id that the summary of errors points to."""
    return tuple(
        Choice(answer, label, name if number == 0 else f"{name}-{number}", answer == value)
        for number, (answer, label) in enumerate(answers)
    )
