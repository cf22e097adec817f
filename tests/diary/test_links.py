"""Personal links on both databases: random, ending, revocable, and nothing is kept that opens one."""

from datetime import timedelta
from pathlib import Path

import pytest

from calcitrial.diary import LinkOffer, issue, links_of, next_link, open_link, revoke
from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import participant_trail, read_head

from .diary_home import CODE, NOON, NURSE, OTHER, Clock, begin, link


@pytest.mark.requirement("21 CFR 11.300(a–e)")
def test_a_link_opens_one_participant_until_it_ends(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock(), (CODE, OTHER))
    mine, other = link(gateway, days=2), link(gateway, OTHER)
    holder = open_link(mine, NOON)
    assert holder and (holder.study, holder.participant, holder.language) == ("stsinj", CODE, "fr")
    assert (holder.author.name, holder.author.role) == (CODE, "participant")
    found = open_link(other, NOON)
    assert found and found.participant == OTHER
    assert open_link(mine, NOON + timedelta(days=1, hours=23)) and not open_link(mine, NOON + timedelta(days=2))


@pytest.mark.requirement("21 CFR 11.300(a–e)")
def test_a_revoked_link_opens_nothing_and_says_why_in_the_record(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    token = link(gateway)
    with pytest.raises(RefusedError, match="no reason"):
        revoke(gateway, CODE, "L1", "", NURSE)
    assert open_link(token, NOON)
    revoke(gateway, CODE, "L1", "telephone lost", NURSE)
    assert open_link(token, NOON) is None
    assert participant_trail("stsinj", CODE)[-1].reason == "telephone lost"
    with pytest.raises(RefusedError, match="no link 'L9'"):
        revoke(gateway, CODE, "L9", "x", NURSE)


@pytest.mark.requirement("GDPR/HIPAA")
def test_nothing_in_the_home_holds_a_token(home: Path, stsinj: Protocol) -> None:
    token = link(begin(stsinj, Clock()))
    assert len(token) >= 43
    for path in home.rglob("*"):
        assert token not in path.name
        assert not path.is_file() or token.encode() not in path.read_bytes()
    (kept,) = (home / "diary-links").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert token not in "".join(step.value for step in participant_trail("stsinj", CODE))


@pytest.mark.parametrize("token", ["", "x", "../../record", "\ud800", "A" * 100_000, "0" * 64])
def test_what_is_no_token_opens_nothing(home: Path, stsinj: Protocol, token: str) -> None:
    begin(stsinj, Clock())
    assert open_link(token, NOON) is None


def test_only_the_entry_lets_a_link_open(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    token = link(gateway)
    (kept,) = (home / "diary-links").iterdir()
    for content in (b'{"study": "elsewhere", "participant": "PIT-001", "link": "L1"}', b"{", b'{"study": "stsinj",'):
        kept.write_bytes(content)
        assert open_link(token, NOON) is None
    kept.write_bytes(b'{"study": "stsinj", "participant": "PIT-001", "link": "L2"}')
    assert open_link(token, NOON) is None


def test_the_same_page_sent_twice_makes_one_link(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    place = next_link("stsinj", CODE)
    token = issue(gateway, CODE, place, LinkOffer(), NURSE)
    head = read_head("stsinj").sequence
    with pytest.raises(RefusedError, match="Version 0 was expected"):
        issue(gateway, CODE, place, LinkOffer(), NURSE)
    assert read_head("stsinj").sequence == head and len(links_of("stsinj", CODE)) == 1
    assert len(list((home / "diary-links").iterdir())) == 1 and open_link(token, NOON)


def test_a_link_for_nobody_in_no_time_zone_is_refused(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    with pytest.raises(RefusedError, match="no time zone"):
        issue(gateway, CODE, "L1", LinkOffer(zone="Europe/../etc"), NURSE)
    with pytest.raises(RefusedError, match="who the proxy is"):
        issue(gateway, CODE, "L1", LinkOffer("proxy"), NURSE)
    with pytest.raises(RefusedError, match="not known in study"):
        issue(gateway, "PIT-999", "L1", LinkOffer(), NURSE)
    assert not list((home / "diary-links").glob("*"))


def test_a_proxy_is_author_as_what_they_are_to_the_participant(home: Path, stsinj: Protocol) -> None:
    holder = open_link(link(begin(stsinj, Clock()), holder="proxy", relation="parent"), NOON)
    assert holder and (holder.author.name, holder.author.role) == ("parent of PIT-001", "proxy")
