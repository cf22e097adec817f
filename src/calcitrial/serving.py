"""The pages with their postman and their stoker.

While they are served, a thread sends what was queued at once, and what waits again every minute: nobody who enters
something waits for a mail server, and none that hangs holds the study. At the start the values of each study are read
and what the first pages of it need is worked out, before somebody asks: at ten thousand participants that takes longer
than anybody waits for a page. Who asks meanwhile is served in between.
"""

import gc
import logging
import threading
import time

from django.db import close_old_connections

from calcitrial import mail, record, verbs
from calcitrial.clinic import warm
from calcitrial.web.wsgi import application

__all__ = ["application"]
SECONDS = 60
SLOW = 2


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


def stoke() -> None:
    """Work out what the first pages of each study need, and say how long that took."""
    begin = time.monotonic()
    try:
        for study in record.studies():
            warm(study)
        # What is known now stays; the collector of rubbish need not look through it again and again.
        gc.collect()
        gc.freeze()
        seconds = time.monotonic() - begin
        if seconds > SLOW:
            print(f"The pages are warm: what is in the record was read in {seconds:.0f} s.", flush=True)
    except Exception as error:
        # Then the first who asks works it out.
        logging.getLogger("calcitrial").warning("The pages are not warm: %s", type(error).__name__)
    finally:
        close_old_connections()


# A page makes many small things that end with it; looking for rubbish after every few hundred of them is in vain.
gc.set_threshold(50_000, 20, 50)
threading.Thread(target=stoke, name="stoker", daemon=True).start()
threading.Thread(target=_rounds, name="post", daemon=True).start()
