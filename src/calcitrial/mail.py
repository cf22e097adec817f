"""Mail that the program sends: through the server that the environment names, and never with personal data in it.

CALCITRIAL_MAIL is smtp://user:password@host:port (smtps:// for TLS from the start, smtp+starttls:// for STARTTLS);
CALCITRIAL_MAIL_FROM is the sender. Without the first, mail cannot be sent, and the program says so.
"""

import os
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from calcitrial.protocol import Problem, refuse

SCHEMES = ("smtp", "smtps", "smtp+starttls")
SECONDS = 20


def can_send() -> bool:
    """Return whether a mail server is named."""
    return bool(os.environ.get("CALCITRIAL_MAIL"))


def send(to: Sequence[str], subject: str, text: str) -> None:
    """Send one plain message; RefusedError when no server is named or it does not take the message.

    Subject and text hold codes and links, never names, dates of birth or findings (ICH E6(R3) 4.3.3, GDPR).
    """
    parts = urlsplit(os.environ.get("CALCITRIAL_MAIL", ""))
    if parts.scheme not in SCHEMES:
        what = f"Mail goes by {parts.scheme!r}." if parts.scheme else "No mail server is named."
        refuse([Problem("mail", what, "Set CALCITRIAL_MAIL to smtp://host:port.")])
    link = EmailBackend(
        host=parts.hostname or "localhost",
        port=parts.port or 25,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        timeout=SECONDS,
        use_ssl=parts.scheme == "smtps",
        use_tls=parts.scheme == "smtp+starttls",
    )
    sender = os.environ.get("CALCITRIAL_MAIL_FROM", "calcitrial@localhost")
    try:
        EmailMessage(subject, text, sender, list(to), connection=link).send()
    except OSError as error:
        # SMTP errors are OSErrors; their texts may hold addresses, which belong in no log.
        what = f"The mail server at {parts.hostname} did not take the message ({type(error).__name__})."
        refuse([Problem("mail", what, "Check the server, then send again.")])
