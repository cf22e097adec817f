"""Pictures of the guidance: a still of the ultrasound, kept under its digest before the entry that names it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.http import HttpRequest

from calcitrial.lesions import digest_of, drop_photo, keep_photo, picture_of
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.web import home


@contextmanager
def guided(request: HttpRequest, injections: Mapping[str, dict[str, str]]) -> Iterator[None]:
    """Keep the pictures that were sent with these injections and name them in their values.

    What is not a picture is refused; when the entry is refused, the pictures go again, so that nothing stays of it.
    """
    kept: list[bytes] = []
    try:
        problems: list[Problem] = []
        for lesion, values in injections.items():
            file = request.FILES.get(f"_{lesion}:image")
            if file is None:
                continue
            try:
                picture = picture_of(file.read())
            except RefusedError as error:
                problems += [Problem(f"{lesion} image", f"{lesion}: {one.what}", one.instead) for one in error.problems]
                continue
            if keep_photo(home(), picture):
                kept.append(picture)
            values["guidance_image"] = digest_of(picture)
        refuse(problems)
        yield
    except RefusedError:
        for picture in kept:
            drop_photo(home(), picture)
        raise
