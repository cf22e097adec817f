"""The people as a Django app: its tables, and the signals of signing in that become account events."""

from django.apps import AppConfig

from calcitrial.people.watching import watch


class PeopleConfig(AppConfig):
    """The app of accounts."""

    name = "calcitrial.people"

    def ready(self) -> None:
        """Begin to listen to what happens at the sign-in page."""
        watch()
