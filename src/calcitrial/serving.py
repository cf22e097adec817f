"""The pages with their postman: while they are served, messages that wait are tried again every minute."""

import logging
import threading
import time

from django.db import close_old_connections

from calcitrial import record, verbs
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
        time.sleep(SECONDS)


threading.Thread(target=_rounds, name="post", daemon=True).start()
