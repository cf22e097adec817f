"""Who may do what: accounts, roles by study and site, what a person sees, and who was allowed what on any past day.

`accounts` makes, resets and ends accounts, `second_factor` adds the app's codes, `tokens` lets scripts in; whatever
happens to an account is an event of one chain (`events`). `grants` (roles, training, delegation) and `releases` stand
in the record of each study, and `rights` tells which of them count on a day. `scope` says what a person may do;
`blinding` takes out of rows and cuts what they must not see. No model is imported here, so the room can be imported
before Django is configured.
"""

from calcitrial.people.accounts import (
    KEEPER,
    NewAccount,
    add_account,
    card_of,
    change_password,
    deactivate,
    find_user,
    has_accounts,
    password_aged,
    personas,
    reset_account,
    user_named,
)
from calcitrial.people.blinding import Sight, scoped, scoped_cut, shown_blinded, sight_of, visible
from calcitrial.people.client import client_digest
from calcitrial.people.demands import DELEGATION, FACTOR, TRAINING, Demands, demand, demands_of, tasks
from calcitrial.people.events import Account, Event, accounts_at, altered, events, happened
from calcitrial.people.form_rights import author_of, capability_to_enter, site_of
from calcitrial.people.grants import Grant, delegate, grant, people_problems, record_training, revoke
from calcitrial.people.principals import orphaned, principal_of, principals, sites_without_principal
from calcitrial.people.releases import (
    amendment_by_hand_problems,
    release_problems,
    release_version,
    releases,
    withdraw_release,
)
from calcitrial.people.rights import (
    Right,
    Task,
    Training,
    delegations,
    lacking,
    rights,
    rights_at,
    scope_for,
    trainings,
    without_delegation,
)
from calcitrial.people.scope import PRINCIPAL, Scope, capabilities_of, roles
from calcitrial.people.second_factor import enrol_factor, has_factor, key_address, new_key, second_factor_holds
from calcitrial.people.tokens import Token, issue_token, person_of_token, revoke_token, tokens_of

__all__ = [
    "DELEGATION",
    "FACTOR",
    "KEEPER",
    "PRINCIPAL",
    "TRAINING",
    "Account",
    "Demands",
    "Event",
    "Grant",
    "NewAccount",
    "Right",
    "Scope",
    "Sight",
    "Task",
    "Token",
    "Training",
    "accounts_at",
    "add_account",
    "altered",
    "amendment_by_hand_problems",
    "author_of",
    "capabilities_of",
    "capability_to_enter",
    "card_of",
    "change_password",
    "client_digest",
    "deactivate",
    "delegate",
    "delegations",
    "demand",
    "demands_of",
    "enrol_factor",
    "events",
    "find_user",
    "grant",
    "happened",
    "has_accounts",
    "has_factor",
    "issue_token",
    "key_address",
    "lacking",
    "new_key",
    "orphaned",
    "password_aged",
    "people_problems",
    "person_of_token",
    "personas",
    "principal_of",
    "principals",
    "record_training",
    "release_problems",
    "release_version",
    "releases",
    "reset_account",
    "revoke",
    "revoke_token",
    "rights",
    "rights_at",
    "roles",
    "scope_for",
    "scoped",
    "scoped_cut",
    "second_factor_holds",
    "shown_blinded",
    "sight_of",
    "site_of",
    "sites_without_principal",
    "tasks",
    "tokens_of",
    "trainings",
    "user_named",
    "visible",
    "withdraw_release",
    "without_delegation",
]
