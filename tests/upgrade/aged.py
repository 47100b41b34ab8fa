"""Texts and addresses that the first version took as they were typed, written into a copy of its database.

Not by its own pages, so that the kept files stay as they are.
"""

import hashlib
from collections.abc import Callable
from typing import Any

LONG = f"{'l' * 64}@{'d' * 60}.{'e' * 60}.{'f' * 59}.example"
MUNICH, WRITTEN_OUT = "anna@münchen.example", "anna@xn--mnchen-3ya.example"
COLOGNE, DECOMPOSED = "bert@köln.example", "bert@ko\u0308ln.example"
DOTLESS, SHARP = "it@m\u0131cro.example", "a@straße.example"
# Addresses with names, the older accounts first.
PEOPLE = {
    MUNICH: "An\u200bna Old",
    WRITTEN_OUT: "\u202eAnna New",
    COLOGNE: "Zielin\u0301ski",
    DECOMPOSED: "\u200b",
    DOTLESS: "Is\x0bmail",
    SHARP: "Strauß",
    LONG: "Long",
}
INVITED, TOKEN = "anna@münchen.example\u200b", "a-token-of-before"
# A note of a submitted report, as the first version had it but for one character.
NOTE = "The engineers use my tickets\x0bfor the address form as the pattern for new ones."


def age(execute: Callable[..., Any], report: str) -> None:
    """`execute` takes a statement with %s and its values; `report` is the id of a submitted one."""
    for number, (address, name) in enumerate(PEOPLE.items(), 1):
        key, home = f"{number:032x}", f"{number + 100:032x}"
        execute(
            "INSERT INTO people_organisation (id, kind, name, slug, created_at, is_erasing) "
            "SELECT %s, o.kind, %s, NULL, o.created_at, o.is_erasing FROM people_organisation o "
            "JOIN people_user u ON u.home_id = o.id WHERE u.email = 'stranger@demo.example'",
            (home, name),
        )
        execute(
            "INSERT INTO people_user (id, home_id, email, name, date_joined, password, is_superuser, job_title, "
            "held_level, scheme, time_zone, is_active, is_staff, wants_reminders, wants_digest) "
            "SELECT %s, %s, %s, %s, %s, password, is_superuser, job_title, held_level, scheme, time_zone, is_active, "
            "is_staff, wants_reminders, wants_digest FROM people_user WHERE email = 'stranger@demo.example'",
            (key, home, address, name, f"2026-01-0{number} 12:00:00+00:00"),
        )
        execute(
            'INSERT INTO account_emailaddress (user_id, email, verified, "primary") '
            "SELECT %s, %s, verified, \"primary\" FROM account_emailaddress WHERE email = 'stranger@demo.example'",
            (key, address),
        )
    execute(
        "INSERT INTO people_invitation (id, email, token_hash, kind, role, team_role, created_at, sent_at, expires_at, "
        "max_uses, uses, created_by_id, organisation_id, team_id) SELECT %s, %s, %s, kind, role, team_role, "
        "created_at, sent_at, expires_at, max_uses, 0, created_by_id, organisation_id, team_id "
        "FROM people_invitation WHERE kind = 'mail' AND revoked_at IS NULL",
        (f"{200:032x}", INVITED, hashlib.sha256(TOKEN.encode()).hexdigest()),
    )
    execute("UPDATE people_team SET name = %s WHERE name = 'Kept Returns'", ("Kept\x0bRe\u200bturns",))
    execute("UPDATE assessments_rating SET evidence = %s WHERE assessment_id = %s AND evidence <> ''", (NOTE, report))
