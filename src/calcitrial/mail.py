"""Mail that the program sends: through the server that the environment names, and never with personal data in it.

CALCITRIAL_MAIL is smtp://user:password@host:port (smtps:// for TLS from the start, smtp+starttls:// for STARTTLS);
CALCITRIAL_MAIL_FROM is the sender. Without the first, mail cannot be sent, and the program says so.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from calcitrial.protocol import Problem, refuse

SCHEMES = ("smtp", "smtps", "smtp+starttls")
SECONDS = 20
_BELL = threading.Event()
_ATTENDED = threading.Event()


def attend(seconds: float) -> None:
    """Wait until somebody rings, at most so long; from the first call on this process has a postman who sends."""
    _ATTENDED.set()
    _BELL.wait(seconds)
    _BELL.clear()


def ring() -> bool:
    """Call the postman of this process, who sends in a thread of his own; return whether there is one."""
    _BELL.set()
    return _ATTENDED.is_set()


def can_send() -> bool:
    """Return whether a mail server is named."""
    return bool(os.environ.get("CALCITRIAL_MAIL"))


@dataclass(frozen=True)
class Post:
    """An open connection to the mail server."""

    host: str
    link: EmailBackend

    def send(self, to: Sequence[str], subject: str, text: str, message_id: str = "") -> None:
        """Hand one plain message over; RefusedError when the server does not take it.

        Subject and text hold codes and links, never names, dates of birth or findings (ICH E6(R3) 4.3.3, GDPR).
        """
        sender = os.environ.get("CALCITRIAL_MAIL_FROM", "calcitrial@localhost")
        headers = {"Message-ID": message_id} if message_id else None
        try:
            EmailMessage(subject, text, sender, list(to), connection=self.link, headers=headers).send()
        except OSError as error:
            _refused(self.host, error)


@contextmanager
def opened() -> Iterator[Post]:
    """Connect to the mail server; RefusedError when none is named or it does not answer."""
    parts = urlsplit(os.environ.get("CALCITRIAL_MAIL", ""))
    if parts.scheme not in SCHEMES:
        what = f"Mail goes by {parts.scheme!r}." if parts.scheme else "No mail server is named."
        refuse([Problem("mail", what, "Set CALCITRIAL_MAIL to smtp://host:port.")])
    host = parts.hostname or "localhost"
    link = EmailBackend(
        host=host,
        port=parts.port or 25,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        timeout=SECONDS,
        use_ssl=parts.scheme == "smtps",
        use_tls=parts.scheme == "smtp+starttls",
    )
    try:
        link.open()
    except OSError as error:
        _refused(host, error)
    try:
        yield Post(host, link)
    finally:
        link.close()


def _refused(host: str, error: OSError) -> None:
    """Refuse with what went wrong. SMTP errors are OSErrors; their texts may hold addresses, which belong in no log."""
    what = f"The mail server at {host} did not take the message ({type(error).__name__})."
    refuse([Problem("mail", what, "Check the server, then send again.")])


def send(to: Sequence[str], subject: str, text: str) -> None:
    """Send one plain message (see `Post.send`); RefusedError when no server is named or it does not take it."""
    with opened() as post:
        post.send(to, subject, text)
