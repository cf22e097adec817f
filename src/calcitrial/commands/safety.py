"""The command that sends the messages about adverse events that wait, for a home whose pages are not served."""

from calcitrial import protocol, verbs
from calcitrial.commands.console import HOME, HomeOption, JsonOption, app, open_home, say


@app.command(name="send-notices")
def send_notices(study: str, home: HomeOption = HOME, json: JsonOption = "") -> None:
    """Send the e-mails about adverse events that wait; run it every few minutes where no server of the pages runs.

    CALCITRIAL_ADDRESS names where the pages are, for the links in the messages.
    """
    open_home(home)
    sent, wrong = verbs.deliver(study)
    say(f"Messages about events sent: {sent}.", json, {"sent": sent, "failed": wrong})
    if wrong:
        what = f"Not all messages could be sent. {wrong}"
        protocol.refuse([protocol.Problem(study, what, "Nothing is lost: the next run tries again.")])
