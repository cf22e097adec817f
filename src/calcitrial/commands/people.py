"""The commands of people: accounts of a home, and who may do what in a study, now and on any past day."""

from datetime import date
from typing import Annotated

import typer

from calcitrial import people, record, verbs
from calcitrial.commands.console import HOME, AtOption, HomeOption, JsonOption, app, moment, open_home, say
from calcitrial.protocol import Problem, refuse

staff = typer.Typer(help="Accounts, roles, training, and who had which right when.", no_args_is_help=True)
app.add_typer(staff, name="people")
ByOption = Annotated[str, typer.Option(help="Who does this.")]
ReasonOption = Annotated[str, typer.Option(help="Why; it stands in the record.")]
FromOption = Annotated[str, typer.Option("--from", help="First day; today when left out.")]
UntilOption = Annotated[str, typer.Option(help="Last day; open when left out.")]
SiteOption = Annotated[str, typer.Option(help="Site; all sites when left out.")]
ROLE = "administrator"


@staff.command()
def add(
    name: str,
    identity: Annotated[str, typer.Option(help="How it was verified who the person is.")],
    full_name: Annotated[str, typer.Option(help="The person's name.")] = "",
    administrator: Annotated[bool, typer.Option("--administrator", help="May keep accounts and grants.")] = False,
    by: ByOption = people.KEEPER,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Make an account and print its first password, which its owner must change at the first sign-in."""
    open_home(home, create=True)
    first = people.add_account(people.NewAccount(name, full_name, identity, administrator), by)
    told = f"{name} can sign in with the first password\n{first}\nand must then choose one of their own."
    say(told, json, {"name": name, "first_password": first})


@staff.command()
def grant(
    study: str,
    name: str,
    role: str,
    reason: ReasonOption,
    site: SiteOption = "",
    since: FromOption = "",
    until: UntilOption = "",
    by: ByOption = people.KEEPER,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Grant a role in a study; it counts while the person has a valid training there."""
    open_home(home)
    one = people.Grant(name, role, site, _day(since), _day(until) if until else None)
    receipt = people.grant(verbs.door(study), one, record.Author(by, ROLE), reason)
    say(f"Submission {receipt.sequence}: {name} is {role} in {study}.", json, vars(receipt))


@staff.command()
def revoke(
    study: str,
    name: str,
    role: str,
    reason: ReasonOption,
    site: SiteOption = "",
    by: ByOption = people.KEEPER,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Take a role in a study away from now on."""
    open_home(home)
    receipt = people.revoke(verbs.door(study), name, role, site, record.Author(by, ROLE), reason)
    say(f"Submission {receipt.sequence}: {name} is no longer {role} in {study}.", json, vars(receipt))


@staff.command()
def train(
    study: str,
    name: str,
    topic: str,
    on: Annotated[str, typer.Option(help="Day of the training; today when left out.")] = "",
    until: UntilOption = "",
    reason: Annotated[str, typer.Option(help="Why, where an earlier entry is changed.")] = "",
    by: ByOption = people.KEEPER,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Record that a person was trained for a study."""
    open_home(home)
    one = people.Training(name, topic, _day(on), _day(until) if until else None)
    receipt = people.record_training(verbs.door(study), one, record.Author(by, ROLE), reason)
    say(f"Submission {receipt.sequence}: {name} was trained in {topic}.", json, vars(receipt))


@staff.command()
def reset(
    name: str, reason: ReasonOption, by: ByOption = people.KEEPER, home: HomeOption = HOME, json: JsonOption = ""
) -> None:
    """Give an account a new first password; it cannot sign until its owner has enrolled a second factor again."""
    open_home(home)
    first = people.reset_account(name, by, reason)
    say(f"The new first password of {name}:\n{first}", json, {"name": name, "first_password": first})


@staff.command()
def deactivate(
    name: str, reason: ReasonOption, by: ByOption = people.KEEPER, home: HomeOption = HOME, json: JsonOption = ""
) -> None:
    """End an account for good, with its live sessions and tokens; its name is never given again."""
    open_home(home)
    people.deactivate(name, by, reason)
    say(f"{name} is deactivated.", json, {"name": name})


@staff.command(name="list")
def list_(
    study: Annotated[str, typer.Argument(help="Rights in this study; the accounts of the home when left out.")] = "",
    at: AtOption = "",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Print the accounts of the home, or the users of a study with their roles, now or at a past moment."""
    open_home(home)
    then = moment(at)
    if isinstance(then, int):
        refuse([Problem("--at", f"{at!r} is no moment.", "Write a moment such as 2026-03-01T12:00Z.")])
        return
    if study:
        found = people.rights_at(study, then) if then else people.rights(study)
        lines = [f"{r.person:<24} {r.role:<14} {r.site or 'all sites':<24} {r.why_not or 'counts'}" for r in found]
        content = [vars(r) | {"since": str(r.since), "until": r.until and str(r.until)} for r in found]
    else:
        accounts = people.accounts_at(then)
        lines = [f"{a.name:<24} {_state(a):<28} {a.verified}" for a in accounts]
        content = [vars(a) for a in accounts]
    say("\n".join(lines) or "Nobody.", json, content)


def _state(one: people.Account) -> str:
    kind = ", administrator" if one.administrator else ""
    return f"{'active' if one.active else 'deactivated'}{kind}"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else record.now().date()
    except ValueError:
        refuse([Problem("day", f"{text!r} is no day.", "Write it as 2026-03-01.")])
        raise AssertionError from None
