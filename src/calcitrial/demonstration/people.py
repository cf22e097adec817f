"""The simulated staff of the demo: one person for each role of each study, with training, grant and plain names."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from calcitrial.people import (
    Grant,
    NewAccount,
    Task,
    Training,
    add_account,
    delegate,
    find_user,
    grant,
    record_training,
)
from calcitrial.protocol import Site
from calcitrial.record import Author, Gateway

# Said on the sign-in page of the demo; opens nothing where anything is real.
PASSWORD = "simulated people only"
NOTE = "A place of the demo, where nobody lives; codes begin with its first letters."
SITES = {
    study: Site(
        id=f"{place} SIMULATED", name=f"SIMULATED site, {country}", country=country, status="assumed", note=NOTE
    )
    for study, place, country in (("stsinj", "PITTSBURGH", "United States"), ("limoges", "LIMOGES", "France"))
}
AT_SITE = frozenset({"study_nurse", "principal_investigator", "pharmacist", "assessor"})
# The reader of images has the name that the plan of the simulated reads gives.
STAFF = {
    "stsinj": {
        "study_nurse": "nora.nurse",
        "principal_investigator": "ines.investigator",
        "pharmacist": "paul.pharmacist",
        "assessor": "anna.assessor",
        "monitor": "mona.monitor",
        "data_manager": "dana.datamanager",
        "sponsor": "sam.sponsor",
        "statistician": "stella.statistician",
        "safety_board": "bea.board",
        "image_reader": "simulated-reader-A",
        "administrator": "ada.administrator",
    },
    "limoges": {
        "study_nurse": "nils.nurse",
        "principal_investigator": "ivo.investigator",
        "pharmacist": "pia.pharmacist",
        "assessor": "axel.assessor",
        "monitor": "max.monitor",
        "data_manager": "dirk.datamanager",
        "sponsor": "sina.sponsor",
        "statistician": "stan.statistician",
        "safety_board": "bert.board",
        "image_reader": "rita.reader",
        "administrator": "alma.administrator",
    },
}
TASKS = {"study_nurse": "Visits and forms", "pharmacist": "Drug accountability", "assessor": "Blinded assessment"}


def enter_staff(gateway: Gateway, clock: Callable[[], datetime]) -> None:
    """Make the staff of one study of the demo: accounts, trainings, grants, and the delegation log."""
    people, today = STAFF.get(gateway.study, {}), clock().date()
    keeper = Author(people.get("administrator", "demo"), "administrator")
    for role, name in people.items():
        if find_user(name) is None:
            shown = f"{name} (SIMULATED)"
            new = NewAccount(name, shown, "simulated, nobody to verify", role == "administrator", persona=True)
            add_account(new, keeper.name, PASSWORD, clock)
        _enrol(gateway, Grant(name, role, SITES[gateway.study].id if role in AT_SITE else "", today), keeper)
    principal = Author(people["principal_investigator"], "principal_investigator") if people else keeper
    for role, task in TASKS.items():
        if role in people:
            delegate(gateway, Task(people[role], task, SITES[gateway.study].id, today), principal)


def _enrol(gateway: Gateway, one: Grant, keeper: Author) -> None:
    valid: date = one.since + timedelta(days=3 * 365)
    record_training(gateway, Training(one.person, "GCP and protocol", one.since, valid), keeper)
    grant(gateway, one, keeper, "simulated staff of the demo")
