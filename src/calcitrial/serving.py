"""The pages with their postman: a thread that sends what was queued at once, and what waits again every minute.

So nobody who enters something waits for a mail server, and none that hangs holds the study.
"""

import logging
import threading

from django.db import close_old_connections

from calcitrial import mail, record, verbs
from calcitrial.web.wsgi import application

__all__ = ["application"]
SECONDS = 60


def round_of_post() -> None:
    """Try the outbox of every study once; what fails is tried again at the next round."""
    for study in record.studies():
        verbs.deliver(study)


def _rounds() -> None:
    while True:
        try:
            close_old_connections()
            round_of_post()
        except Exception as error:
            # A postman who stops at the first closed door delivers nothing; only the kind of error, no personal data.
            logging.getLogger("calcitrial").warning("Mail was not delivered: %s", type(error).__name__)
        mail.attend(SECONDS)


threading.Thread(target=_rounds, name="post", daemon=True).start()
