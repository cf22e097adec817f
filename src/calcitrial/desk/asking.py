"""What must be confirmed about values that are unusual: asked on the page itself, and answered with one click.

A question is named 'item=value', so that a confirmation holds for one value and no other. A page shows those of
`questions_for` with "desk/questions.html" inside its form, and takes the answers with `confirmed_in`.
"""

from collections.abc import Collection, Mapping

from django.http import QueryDict

# Between the names of questions on the button that confirms all of them and saves.
APART = "\x1f"


def confirmed_in(post: QueryDict) -> frozenset[str]:
    """Return the questions that somebody answered with yes: those ticked, and all of those on the button."""
    return frozenset([*post.getlist("_confirm"), *filter(None, post.get("_confirm_all", "").split(APART))])


def saved_for_later(post: QueryDict) -> bool:
    """Return whether the form is to be gone on with later; a confirmation saves as it was asked to be saved before."""
    return post.get("_action", post.get("_asked_to", "")) == "later"


def questions_for(questions: Mapping[str, str], post: QueryDict) -> dict[str, object]:
    """Return what "desk/questions.html" needs: `questions`, `questions_all` and `asked_to`."""
    ticked = confirmed_in(post)
    return {
        "questions": [(key, what, key in ticked) for key, what in questions.items()],
        "questions_all": APART.join(questions),
        "asked_to": "later" if saved_for_later(post) else "finish",
    }


def confirmations(questions: Mapping[str, str], ticked: Collection[str]) -> dict[str, str]:
    """Return what was asked of the values that were confirmed, by item, as a draft takes it."""
    return {key.partition("=")[0]: what for key, what in questions.items() if key in ticked}
