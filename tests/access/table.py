"""Every address of the site and who may do what there: one line an address and an object.

A line names the address, the objects in its path (by their names in world.py), and for each method the personas who
may. The others get 404; those in `knows`, who may know of the thing and may not do this, get 403. A method without
personas is answered by 405. Who is not signed in is sent to the log-in, unless the address is `public`.
"""

from dataclasses import dataclass, field
from typing import Any

from people.models import Team
from people.organisations.guest_lists import GuestList
from people.organisations.invitations import Guest
from tests.access.world import INSIDE, LEADS, LINK_PASSWORD, NOBODY, PERSONAS, SIGNED_IN

EVERYONE = frozenset(PERSONAS)


@dataclass(frozen=True)
class Line:
    """`data` is a POST that is complete and right, so that whoever may not do it is refused for that alone.

    changes   those whose POST must write something, by default all who may; the others' must write nothing.
              None leaves it open
    shows     canaries that the page shows to everybody who holds its address
    ledger    a GET may write into the reading ledger
    loose     an address of allauth, which asks for passwords and codes by itself: no error, no canary
    any_method  a redirect, whatever the method
    leads_to    a GET redirects whoever may to an address that holds this
    asks_itself sends to the log-in by itself, and only when it is a POST
    refused     what those get who may not, and may not know of the thing
    """

    name: str
    path: dict[str, str]
    get: frozenset[str] | None = None
    post: frozenset[str] | None = None
    knows: frozenset[str] = NOBODY
    data: dict[str, str] = field(default_factory=dict)
    public: bool = False
    changes: frozenset[str] | None = None
    shows: tuple[str, ...] = ()
    ledger: bool = False
    loose: bool = False
    any_method: bool = False
    asks_itself: bool = False
    leads_to: str = ""
    refused: str = "404"

    def __str__(self) -> str:
        return " ".join([self.name, *(f"{key}={value}" for key, value in self.path.items())])


type Who = str | frozenset[str] | None


def _who(names: Who) -> frozenset[str] | None:
    if isinstance(names, str):
        found = frozenset(names.split())
        assert found <= EVERYONE, f"nobody is called {found - EVERYONE}"
        return found
    return names


def line(name: str, path: str = "", *, both: Who = None, changes: Who = "all", shows: str = "", **rest: Any) -> Line:
    """A line of the table, with personas by their names; `both` may GET and POST."""
    who = {key: _who(rest.pop(key, both)) for key in ("get", "post")}
    rest["knows"] = _who(rest.get("knows")) or NOBODY
    parts = dict(part.split("=", 1) for part in path.split())
    changing = who["post"] if changes == "all" else _who(changes)
    return Line(name, parts, **who, changes=changing, shows=tuple(shows.split()), **rest)


_READ_BY_ALL = """
show_home show_ladder compare_tracks list_competencies list_specialisations list_paths list_questions find_title
search_ladder show_sample_report
"""
PUBLIC = [
    *[line(name, get=EVERYONE, public=True) for name in _READ_BY_ALL.split()],
    line("show_level", "slug=pm", get=EVERYONE, public=True),
    line("show_competency", "slug=strategy", get=EVERYONE, public=True),
    line("choose_scheme", post=EVERYONE, data={"scheme": "", "next": "/ladder/"}, public=True, changes=None),
]
_SAVE = {"step": "3", "evidence": "Said by the test.", "revision": "1", "go": "stay"}
QUIZ = [
    line("start_quiz", both=EVERYONE, data={"level": "pm", "target": "next"}, public=True),
    line("show_quiz", "pk=draft", get="member", public=True),
    line("show_quiz", "pk=visitor_draft", get="visitor", public=True),
    line("show_quiz", "pk=private", get="member", public=True, leads_to="/reports/"),
    line("show_quiz", "pk=visitor_submitted", get="visitor", public=True, leads_to="/reports/"),
    line("show_quiz", "pk=strayed_draft", get=NOBODY, public=True),
    line("show_quiz", "pk=rating_review_draft", get=NOBODY, public=True),
    line("show_quiz", "pk=rating_review_blind", get=NOBODY, public=True),
    line("save_rating", "pk=draft competency=strategy", post="member", data=_SAVE, public=True),
    line("save_rating", "pk=visitor_draft competency=strategy", post="visitor", data=_SAVE, public=True),
    line("save_rating", "pk=private competency=strategy", post="member", data=_SAVE, public=True, changes=NOBODY),
    line("save_rating", "pk=strayed_draft competency=strategy", post=NOBODY, data=_SAVE, public=True),
    line("save_rating", "pk=rating_review_draft competency=strategy", post=NOBODY, data=_SAVE, public=True),
    line("show_moment", "pk=draft", get="member", public=True),
    line("show_moment", "pk=visitor_draft", get="visitor", public=True),
    line("show_moment", "pk=private", get="member", public=True, leads_to="/reports/"),
    line("show_moment", "pk=visitor_submitted", get="visitor", public=True, leads_to="/reports/"),
    line("show_moment", "pk=strayed_draft", get=NOBODY, public=True),
    line("show_moment", "pk=rating_review_draft", get=NOBODY, public=True),
    line("check_answers", "pk=draft", get="member", public=True),
    line("check_answers", "pk=visitor_draft", get="visitor", public=True),
    line("check_answers", "pk=private", get="member", public=True, leads_to="/reports/"),
    line("check_answers", "pk=rating_review_draft", get=NOBODY, public=True),
    line("submit_assessment", "pk=draft", post="member", public=True),
    line("submit_assessment", "pk=visitor_draft", post="visitor", public=True),
    line("submit_assessment", "pk=private", post="member", public=True, changes=NOBODY),
    line("submit_assessment", "pk=strayed_draft", post=NOBODY, public=True),
    line("submit_assessment", "pk=rating_review_draft", post=NOBODY, public=True),
    line("reopen_assessment", "pk=private", post="member", public=True),
    line("reopen_assessment", "pk=draft", post=NOBODY, public=True),
    line("reopen_assessment", "pk=visitor_draft", post=NOBODY, public=True),
    line("reopen_assessment", "pk=strayed", post=NOBODY, public=True),
    line("reopen_assessment", "pk=visitor_submitted", post="visitor", public=True),
    line("reopen_assessment", "pk=rating_review_revealed", post=NOBODY, public=True),
]
_SUBMITTED = [
    *(("private", "member"), ("shared", "member"), ("earlier", "member"), ("ex_members", "ex_member")),
    *(("corrected", "member"), ("visitor_submitted", "visitor")),
    *(("strayed", ""), ("draft", ""), ("visitor_draft", "")),
    *(("rating_review_blind", ""), ("rating_review_revealed", ""), ("rating_review_signed", "")),
]
_DONE_WITH = [(pk, who) for pk, who in _SUBMITTED if "draft" not in pk]
_DRAFTS = [("draft", "member"), ("visitor_draft", "visitor"), ("strayed_draft", "")]
_FORMS_OF_A_REPORT = "show_arithmetic export_report_json export_report_csv export_report_pdf export_report_xlsx"
_ON = {"value": "on"}
_ONE = "competency=strategy"
_NOTE = {"name": "After a year", "note": "Much has moved.", "revision": "0"}
_CORRECTABLE = [*((pk, who) for pk, who in _SUBMITTED if pk != "corrected"), ("correction", "member")]


def _again(row: str) -> dict[str, str]:
    """An answer that no report of the world has, to the row of a report that the page showed."""
    return {"step": "1", "evidence": "Said again by the test.", "seen": f"@{row}"}


REPORTS = [
    line("list_reports", get=EVERYONE, public=True),
    *[line("show_report", f"pk={pk}", get=who, public=True) for pk, who in _DONE_WITH],
    *[line("show_report", f"pk={pk}", get=who, public=True, leads_to="/quiz/") for pk, who in _DRAFTS],
    *[line(name, f"pk={pk}", get=who, public=True) for name in _FORMS_OF_A_REPORT.split() for pk, who in _SUBMITTED],
    *[line("mark_milestone", f"pk={pk} milestone=*", post=who, data=_ON, public=True) for pk, who in _DONE_WITH],
    *[
        line("mark_milestone", f"pk={pk} milestone=*", post=NOBODY, knows=who, data=_ON, public=True)
        for pk, who in _DRAFTS
    ],
    *[line("delete_assessment", f"pk={pk}", both=who, public=True) for pk, who in (*_DONE_WITH, *_DRAFTS[:2])],
    *[line("correct_answer", f"pk={pk} {_ONE}", both=who, data=_again(pk), public=True) for pk, who in _CORRECTABLE],
    line("correct_answer", f"pk=corrected {_ONE}", both="member", data=_again("correction"), public=True),
    line("correct_answer", "pk=private competency=no-such", both=NOBODY, data=_again("private"), public=True),
    line("undo_correction", "pk=corrected", post="member", data={"correction": "@correction"}, public=True),
    line("undo_correction", "pk=private", post="member", data={"correction": "@private"}, public=True, changes=NOBODY),
    *[
        line("undo_correction", f"pk={pk}", post=NOBODY, public=True)
        for pk in ("strayed", "draft", "visitor_draft", "rating_review_revealed")
    ],
    *[line("edit_report_note", f"pk={pk}", both=who, data=_NOTE) for pk, who in _SUBMITTED[:3]],
    line("edit_report_note", "pk=correction", both="member", data=_NOTE | {"revision": "1"}),
    line("edit_report_note", "pk=draft", both=NOBODY, knows="member", data=_NOTE),
    *[
        line("edit_report_note", f"pk={pk}", both=NOBODY, data=_NOTE)
        for pk in ("visitor_submitted", "strayed", "rating_review_revealed")
    ],
    line("compare_reports", get=EVERYONE, public=True),
]
WHAT_IF = [
    line(name, f"pk={pk}", get=who, public=True) for name in ("show_what_if", "show_parting") for pk, who in _SUBMITTED
]
WHAT_IF += [line("show_trend", get=SIGNED_IN)]
OWN_ACCOUNT = [
    line("show_my_data", both=SIGNED_IN, changes=NOBODY),
    line("show_own_log", get=SIGNED_IN),
    # Last owners hand over first.
    line("delete_account", both=SIGNED_IN, data={"sure": "on"}, changes=SIGNED_IN - {"owner", "outsider"}),
    line("account_deleted", get=EVERYONE, public=True),
    line("list_sessions", get=SIGNED_IN),
    # The sessions themselves are bookkeeping, which the walk does not count as a change.
    line("end_sessions", post=SIGNED_IN, data={"which": "others"}, changes=NOBODY),
    line("show_account", both=SIGNED_IN, changes=None, any_method=True),
    line("edit_profile", both=SIGNED_IN, data={"name": "A new name", "time_zone": "UTC"}),
]
ALLAUTH_PUBLIC = """
account_login account_logout account_inactive account_signup account_email_verification_sent account_reset_password
account_confirm_login_code account_reset_password_from_key_done account_reset_password_done account_request_login_code
mfa_authenticate mfa_login_webauthn
"""
ALLAUTH = """
account_reauthenticate account_email account_change_password account_set_password mfa_index mfa_reauthenticate
mfa_activate_totp mfa_deactivate_totp mfa_view_recovery_codes mfa_generate_recovery_codes mfa_download_recovery_codes
mfa_list_webauthn mfa_add_webauthn mfa_reauthenticate_webauthn reauthenticate_by_mail
"""
ACCOUNT = [
    *[line(name, both=EVERYONE, public=True, loose=True) for name in ALLAUTH_PUBLIC.split()],
    *[line(name, both=SIGNED_IN, loose=True) for name in ALLAUTH.split()],
    line("account_reset_password_from_key", "uidb36=1 key=a-b", both=EVERYONE, public=True, loose=True),
    line("mfa_remove_webauthn", "pk=1", both=SIGNED_IN, loose=True),
    line("mfa_edit_webauthn", "pk=1", both=SIGNED_IN, loose=True),
]
_IN_CHECKOUT = frozenset({"member", "fellow", "manager", "second_manager"})
_SEE_CHECKOUT = _IN_CHECKOUT | LEADS
_MANAGE_CHECKOUT = frozenset({"manager", "second_manager"})
_SEE_CLOSED = LEADS | {"manager", "member"}
_ROLE = {"role": "manager"}
_SETTINGS = {"name": "Lantern", "ladder_version": "", "scheme": ""}
_PERSON, _MEMBER = "slug=lantern user_id=user_", {"role": "member"}
_ROUND = {"name": "Spring", "starts_on": "2030-01-01", "due_on": "2030-02-01"}
ORGANISATION = [
    line("list_organisations", both=SIGNED_IN, data={"name": "Another one"}),
    line("show_organisation", "slug=lantern", get=INSIDE),
    line("edit_organisation", "slug=lantern", both="owner", knows=INSIDE, data=_SETTINGS),
    line("list_people", "slug=lantern", get=LEADS, knows=INSIDE),
    line("change_person", f"{_PERSON}fellow", post=LEADS, knows=INSIDE, data={"role": "admin"}),
    # Only owners make owners, and unmake them; the last one stays.
    line("change_person", f"{_PERSON}member", post="owner", knows=INSIDE, data={"role": "owner"}),
    line("change_person", f"{_PERSON}owner", post=LEADS, knows=INSIDE, data=_MEMBER, changes=NOBODY),
    line("change_person", f"{_PERSON}ex_member", post=NOBODY, knows=INSIDE - LEADS, data=_MEMBER),
    line("change_person", f"{_PERSON}staff", post=NOBODY, knows=INSIDE - LEADS, data=_MEMBER),
    line("remove_person", f"{_PERSON}fellow", both=LEADS, knows=INSIDE),
    line("remove_person", f"{_PERSON}owner", both=LEADS, knows=INSIDE, changes=NOBODY),
    line("remove_person", f"{_PERSON}ex_member", both=NOBODY, knows=INSIDE - LEADS),
    line("leave_organisation", "slug=lantern", both=INSIDE, changes=INSIDE - {"owner"}),
    line("show_log", "slug=lantern", get="owner", knows=INSIDE),
    line("export_log", "slug=lantern", post="owner", knows=INSIDE, changes=NOBODY),
    line("remove_organisation", "slug=lantern", both="owner", knows=INSIDE, data={"sure": "on"}),
    line("list_rounds", "slug=lantern", both=LEADS, knows=INSIDE, data=_ROUND),
    line("show_round", "pk=round", get=LEADS, knows=INSIDE),
    line("show_round", "pk=round_closed", get=LEADS, knows=INSIDE),
    line("begin_round", "pk=round", both=INSIDE, data={"level": "pm"}),
    line("begin_round", "pk=round_closed", both=INSIDE, changes=NOBODY),
    line("edit_round", "pk=round", both=LEADS, knows=INSIDE, data=_ROUND),
    line("send_reminders", "pk=round", post=LEADS, knows=INSIDE),
    line("close_round", "pk=round", post=LEADS, knows=INSIDE),
    line("reopen_round", "pk=round_closed", post=LEADS, knows=INSIDE),
]
_TEAM, _CLOSED, _ELSEWHERE = "slug=lantern team_slug=checkout", "slug=lantern team_slug=closed", {"team": "@search_id"}
TEAMS = [
    line("create_team", "slug=lantern", both=LEADS, knows=INSIDE, data={"name": "New", "parent": "@checkout_id"}),
    line("list_team_people", _TEAM, get=LEADS, knows=_SEE_CHECKOUT),
    line("list_team_people", _CLOSED, get=LEADS, knows=_SEE_CLOSED),
    line("add_team_people", _TEAM, post=LEADS, knows=_SEE_CHECKOUT, data={"user": "@user_recipient", "role": "member"}),
    line("change_team_person", f"{_TEAM} user_id=user_fellow", post=LEADS, knows=_SEE_CHECKOUT, data=_ROLE),
    line("change_team_person", f"{_TEAM} user_id=user_recipient", post=NOBODY, knows=_IN_CHECKOUT, data=_ROLE),
    line("remove_team_person", f"{_TEAM} user_id=user_fellow", both=LEADS, knows=_SEE_CHECKOUT),
    line("remove_team_person", f"{_TEAM} user_id=user_recipient", both=NOBODY, knows=_IN_CHECKOUT),
    line("leave_team", _TEAM, both=_IN_CHECKOUT, knows=_SEE_CHECKOUT),
    line("leave_team", _CLOSED, both=NOBODY, knows=_SEE_CLOSED),
    line("move_team_person", f"{_TEAM} user_id=user_fellow", post=LEADS, knows=_SEE_CHECKOUT, data=_ELSEWHERE),
    line("edit_team", _TEAM, both=LEADS, knows=_SEE_CHECKOUT, data={"name": "Till", "parent": ""}),
    line("close_team", _TEAM, both=LEADS, knows=_SEE_CHECKOUT),
    line("reopen_team", _CLOSED, post=LEADS, knows=_SEE_CLOSED),
    line("show_team", _TEAM, get=_SEE_CHECKOUT),
    line("lead_on_to_team", "old_slug=till", get=_SEE_CHECKOUT, any_method=True, leads_to="lantern/teams/checkout/"),
    line(
        "lead_on_to_team_page",
        "old_slug=till rest=matrix.csv",
        get=_SEE_CHECKOUT,
        any_method=True,
        leads_to="lantern/teams/checkout/matrix.csv",
    ),
    line("show_team", _CLOSED, get=_SEE_CLOSED),
    line("show_team", "slug=lantern team_slug=product", get=LEADS | {"director", "member"}),
    line("show_team", "slug=lantern team_slug=search", get=LEADS | {"other_manager", "recipient"}),
    line("show_team_strengths", _TEAM, get=_MANAGE_CHECKOUT, knows=_SEE_CHECKOUT),
    line("show_team_strengths", _CLOSED, get=NOBODY, knows=_SEE_CLOSED),
    line("export_matrix_csv", _TEAM, get=_MANAGE_CHECKOUT, knows=_SEE_CHECKOUT),
    line("export_matrix_xlsx", _TEAM, get=_MANAGE_CHECKOUT, knows=_SEE_CHECKOUT),
    line("export_matrix_csv", _CLOSED, get=NOBODY, knows=_SEE_CLOSED),
    line("export_matrix_xlsx", "slug=lantern team_slug=product", get="director", knows="member admin owner"),
    line("set_coaching", _TEAM, post="member fellow", knows=_SEE_CHECKOUT, data={"value": "on"}),
    line("set_coaching", _CLOSED, post=NOBODY, knows=_SEE_CLOSED, data={"value": "on"}),
]
_GUEST = {"text": "somebody@elsewhere.example", "team": ""}
# A list goes out as it was shown.
_SHOWN = _GUEST | {"confirm": GuestList([Guest("somebody@elsewhere.example")]).seal}
_TO_CHECKOUT = _GUEST | {"confirm": GuestList([Guest("somebody@elsewhere.example", team=Team(slug="checkout"))]).seal}
_LINK = {"days": "7", "uses": "3", "link_team": ""}
_INVITED = "lantern checkout search"
_OPEN_TO: dict[str, Any] = {"public": True, "shows": _INVITED}
_FOR_STAFF = "slug=lantern pk=invitation_for_staff"
INVITATIONS = [
    line("invite_people", "slug=lantern", both=LEADS, knows=INSIDE, data=_SHOWN, shows=_INVITED),
    line("invite_people", "slug=lantern", both=LEADS, knows=INSIDE, data=_GUEST, shows=_INVITED, changes=NOBODY),
    line("create_link", "slug=lantern", post=LEADS, knows=INSIDE, data=_LINK),
    line(
        "invite_to_team",
        _TEAM,
        both=_MANAGE_CHECKOUT | LEADS,
        knows=_SEE_CHECKOUT,
        data=_TO_CHECKOUT,
        shows=_INVITED,
    ),
    line("invite_to_team", _CLOSED, both=NOBODY, knows=_SEE_CLOSED, data=_GUEST),
    line("create_team_link", _TEAM, post=_MANAGE_CHECKOUT | LEADS, knows=_SEE_CHECKOUT, data=_LINK),
    line("resend_invitation", "slug=lantern pk=invitation_mail", post=LEADS, knows=INSIDE, shows=_INVITED),
    line("revoke_invitation", "slug=lantern pk=invitation_mail", post=LEADS, knows=INSIDE),
    line("revoke_invitation", "slug=lantern pk=invitation_link", post=_MANAGE_CHECKOUT | LEADS, knows=INSIDE),
    line("resend_invitation", _FOR_STAFF, post=LEADS | {"other_manager"}, knows=INSIDE, shows=_INVITED),
    line("refuse_mails", "token=token_refusal", both=EVERYONE, public=True),
    line("refuse_mails", "token=guessed", both=NOBODY, public=True),
    line("show_remembered_invitation", both=NOBODY),
    line("show_own_invitation", "pk=invitation_for_staff", both="staff"),
    line("show_own_invitation", "pk=invitation_mail", both=NOBODY),
    line("show_own_invitation", "pk=invitation_expired", both=NOBODY),
    line("show_invitation", "token=token_invitation_link", both=EVERYONE, changes=SIGNED_IN - _IN_CHECKOUT, **_OPEN_TO),
    # The right token with the wrong address: it says so, and not for whom it is.
    *[
        line(
            "show_invitation",
            f"token=token_{name}",
            get=EVERYONE,
            post=who,
            knows=SIGNED_IN,
            changes=writes,
            **_OPEN_TO,
        )
        for name, who, writes in (
            ("invitation_for_staff", "anonymous visitor staff", "staff"),
            ("invitation_mail", "anonymous visitor", NOBODY),
        )
    ],
    # Who is in already is led there; to others it says no more than that it has ended.
    line(
        "show_invitation",
        "token=token_invitation_expired",
        both=INSIDE,
        changes=NOBODY,
        leads_to="/organisations/lantern/",
        refused="410",
        public=True,
    ),
    line("show_invitation", "token=guessed", both=NOBODY, public=True),
]
_WITH = {"team": "@checkout_id", "notes": "on"}
SHARING = [
    line("share_report", "pk=private", both="member", data=_WITH),
    line("share_report", "pk=shared", both="member", data={"person": "Other Manager"}),
    # Somebody who exists, elsewhere; and one who left.
    line("share_report", "pk=earlier", both="member", data={"person": "Staff"}, changes=NOBODY),
    line("share_report", "pk=private", both="member", data={"person": "Ex Member"}, changes=NOBODY),
    line("share_report", "pk=private", get="member", post=NOBODY, data={"team": "@search_id"}),
    line("share_report", "pk=draft", both=NOBODY, knows="member", data=_WITH),
    line("share_report", "pk=ex_members", get="ex_member", post=NOBODY, data=_WITH),
    line("share_report", "pk=rating_review_revealed", both=NOBODY, data=_WITH),
    # The second manager has not chosen: led to the choice.
    line("show_copy", "pk=copy_team", get="member manager second_manager", ledger=True),
    line("show_copy", "pk=copy_signed", get="member director", ledger=True),
    line("show_copy", "pk=copy_named", get="member recipient", ledger=True),
    line("show_copy", "pk=copy_now", get="manager second_manager", ledger=True),
    line("show_copy", "pk=copy_gone", get=NOBODY),
    line("show_copy", "pk=copy_to_ex_member", get=NOBODY),
    line("show_copy", "pk=copy_mover", get=NOBODY),
    line("show_copy", "pk=copy_half_gone", get=NOBODY),
    line("show_copy", "pk=copy_closed", get="member"),
    line("show_copy", "pk=copy_pit", get="outsider", ledger=True),
    # Its reader and who asks for it are led to the member's page.
    line("show_copy", "pk=copy_late", get="member manager second_manager", ledger=True),
    line("ask_to_read", "pk=copy_late", post="second_manager", knows="member manager", changes=NOBODY),
    line("ask_to_read", "pk=copy_team", post=NOBODY, knows="member manager second_manager"),
    line("ask_to_read", "pk=copy_named", post=NOBODY, knows="member recipient"),
    line("ask_to_read", "pk=copy_closed", post=NOBODY, knows="member"),
    line("answer_question", "pk=question_late", post="member", knows="second_manager", data={"answer": "yes"}),
    line("withdraw_copy", "pk=copy_team", post="member", knows=_MANAGE_CHECKOUT),
    line("withdraw_copy", "pk=copy_named", post="member", knows="recipient"),
    line("withdraw_copy", "pk=copy_now", post=NOBODY, knows=_MANAGE_CHECKOUT),
    line("withdraw_copy", "pk=copy_pit", post=NOBODY, knows="outsider"),
]
_NEW_LINK = {"label": "Said by the test", "days": "7", "password": "", "with_evidence": "on"}
_PASSWORD = {"password": LINK_PASSWORD}
LINKS = [
    line("create_report_link", "pk=private", both="member", data=_NEW_LINK, leads_to="/share/"),
    line("create_report_link", "pk=draft", both=NOBODY, knows="member", data=_NEW_LINK),
    line("create_report_link", "pk=ex_members", both="ex_member", data=_NEW_LINK),
    line("create_report_link", "pk=visitor_submitted", both=NOBODY, data=_NEW_LINK),
    line("create_report_link", "pk=rating_review_revealed", both=NOBODY, data=_NEW_LINK),
    line("revoke_report_link", "pk=link_open", post="member"),
    line("revoke_report_link", "pk=link_revoked", post="member", changes=NOBODY),
    line("revoke_report_link", "pk=link_of_ex_member", post="ex_member"),
    # Whoever holds the address reads; what else stands there, the canaries say.
    *[
        line("show_shared_report", f"token=token_{link}", both=EVERYONE, public=True, ledger=True, changes=NOBODY)
        for link in ("link_open", "link_bare", "link_of_ex_member")
    ],
    line("show_shared_report", "token=token_link_locked", both=EVERYONE, data=_PASSWORD, public=True, changes=NOBODY),
    *[
        line("show_shared_report", f"token={token}", both=NOBODY, data=_PASSWORD, public=True)
        for token in ("token_link_expired", "token_link_revoked", "guessed")
    ],
]
_UNMANAGING = _SEE_CHECKOUT - _MANAGE_CHECKOUT
_KNOWN = {"knows": _UNMANAGING}
_FIRST, _NOW = {"choice": "rate_first", "level": "pm"}, {"choice": "read_now"}
REVIEWS = [
    line("list_reviews", get=SIGNED_IN),
    *[
        line("show_member", f"{_TEAM} pk=user_{who}", get=_MANAGE_CHECKOUT, knows=_UNMANAGING)
        for who in ("member", "fellow")
    ],
    *[
        line("show_member", f"{_TEAM} pk=user_{who}", get=NOBODY, knows=_UNMANAGING)
        for who in ("ex_member", "recipient", "staff", "mover", "half_gone", "former")
    ],
    line("show_member", f"{_CLOSED} pk=user_member", get=NOBODY, knows=_SEE_CLOSED),
    *[
        line(
            "start_review",
            f"{_TEAM} pk=user_{who}",
            post=_MANAGE_CHECKOUT,
            data=data,
            changes="second_manager",
            **_KNOWN,
        )
        for who, data in (("newcomer", _FIRST), ("member", _NOW))
    ],
    line("start_review", f"{_TEAM} pk=user_ex_member", post=NOBODY, knows=_UNMANAGING, data=_FIRST),
    line("start_review", f"{_TEAM} pk=user_recipient", post=NOBODY, knows=_UNMANAGING, data=_FIRST),
    line("start_review", f"{_CLOSED} pk=user_member", post=NOBODY, knows=_SEE_CLOSED, data=_FIRST),
]
_PAIRS = {
    # Review → who writes it or reads both sides, and who may only know of it.
    "review_blind": ("manager", "fellow"),
    "review_draft": ("manager", ""),
    "review_waiting": ("second_manager", "member"),
    "review_revealed": ("member manager", ""),
    "review_signed": ("member director", ""),
    "review_of_ex_manager": ("member", ""),
    "review_of_ex_member": ("manager", ""),
    "review_pit": ("outsider", ""),
}
_BOTH = ("review_revealed", "review_signed", "review_of_ex_manager", "review_of_ex_member")
_OPEN = {"review_revealed": "member manager", "review_of_ex_manager": "member", "review_of_ex_member": "manager"}
_AGREED = ("review_revealed", "review_of_ex_manager")
_SHUT = {"review_signed": "member director", "review_blind": "fellow manager", "review_draft": "manager"}
_AGENDA = {"text": "Said by the test.", "revision": "1"}
_RATING: dict[str, Any] = {"data": _SAVE, "asks_itself": True}
REVIEWS += [
    *[
        line("show_review", f"pk={pk}", get=may, knows=know, leads_to="/together/" if pk in _BOTH else "")
        for pk, (may, know) in _PAIRS.items()
    ],
    *[
        line("save_review_rating", f"{pk} competency=strategy", post=who, knows=know, changes=writes, **_RATING)
        for pk, who, know, writes in (
            ("pk=review_draft", "manager", NOBODY, "manager"),
            ("pk=review_blind", "manager", "fellow", NOBODY),
            ("pk=review_revealed", "manager", "member", NOBODY),
            ("pk=review_signed", "director", "member", NOBODY),
            ("pk=review_of_ex_manager", NOBODY, "member", NOBODY),
        )
    ],
    line("check_review", "pk=review_draft", get="manager"),
    line("check_review", "pk=review_blind", get="manager", knows="fellow"),
    line("check_review", "pk=review_revealed", get="manager", knows="member"),
    line("submit_review", "pk=review_draft", post="manager"),
    line("submit_review", "pk=review_blind", post="manager", knows="fellow", changes=NOBODY),
    line("submit_review", "pk=review_signed", post="director", knows="member", changes=NOBODY),
    *[line("show_together", f"pk={pk}", get=_PAIRS[pk][0]) for pk in _BOTH],
    *[line("show_together", f"pk={pk}", get=NOBODY, knows=_SHUT[pk]) for pk in ("review_blind", "review_draft")],
    *[line("export_together_pdf", f"pk={pk}", get=_PAIRS[pk][0]) for pk in _BOTH],
    *[line("export_together_pdf", f"pk={pk}", get=NOBODY, knows=_SHUT[pk]) for pk in ("review_blind", "review_draft")],
    *[line("edit_agenda", f"pk={pk}", post=who, data=_AGENDA) for pk, who in _OPEN.items()],
    *[line("edit_agenda", f"pk={pk}", post=NOBODY, knows=who, data=_AGENDA) for pk, who in _SHUT.items()],
    *[
        line(
            "edit_commitments",
            f"pk={pk}",
            post=who,
            data={"seen": f"@seen_{pk}", "c0-text": ""},
            changes=who if pk in _AGREED else NOBODY,
        )
        for pk, who in _OPEN.items()
    ],
    *[line("edit_commitments", f"pk={pk}", post=NOBODY, knows=who, data={}) for pk, who in _SHUT.items()],
    *[
        line("sign_review", f"pk={pk}", post=who, data={"seen": f"@seen_{pk}", "revision": "1"})
        for pk, who in _OPEN.items()
    ],
    *[line("sign_review", f"pk={pk}", post=NOBODY, knows=who) for pk, who in _SHUT.items()],
]
_DONE = {"approach": "Said by the test.", "happened_on": "2026-01-01"}
PLAN = [
    line("list_plan", get=SIGNED_IN),
    line("create_plan_item", both=SIGNED_IN, data={"text": "Said by the test"}),
    line("pick_plan_items", "pk=private", both="member", data={"pick": "strategy:0"}),
    *[
        line("pick_plan_items", f"pk={pk}", both=NOBODY, data={"pick": "strategy:0"})
        for pk in ("draft", "visitor_submitted", "rating_review_revealed", "hewers")
    ],
    line("show_calendar", both=SIGNED_IN),
    line("revoke_calendar", post=SIGNED_IN, changes="fellow"),
    line("fetch_calendar", "token=token_feed", get=EVERYONE, public=True, ledger=True),
    line("fetch_calendar", "token=guessed", get=NOBODY, public=True),
    line("set_digest", post=SIGNED_IN, data={"value": "on"}),
    line("stop_digest", "token=token_digest", both=EVERYONE, public=True),
    line("stop_look_again", "token=token_look_again", both=EVERYONE, public=True),
    line("stop_look_again", "token=guessed", both=NOBODY, public=True),
    line("stop_digest", "token=guessed", both=NOBODY, public=True),
    line("stop_reminders", "token=token_reminders", both=EVERYONE, public=True),
    line("stop_reminders", "token=guessed", both=NOBODY, public=True),
]
for _item, _author in (("plan_item", "member"), ("plan_own", "fellow"), ("plan_pit", "")):
    PLAN += [
        line("edit_plan_item", f"pk={_item}", both=_author, data={"text": "Said by the test"}),
        line("delete_plan_item", f"pk={_item}", both=_author),
        line("set_plan_state", f"pk={_item}", post=_author, data={"state": "doing"}),
        line("move_plan_item", f"pk={_item}", post=_author, data={"place": "up"}),
        line("finish_plan_item", f"pk={_item}", both=_author, data=_DONE, changes=NOBODY),
    ]
PLAN += [line("finish_plan_item", "pk=plan_done", both="fellow", data=_DONE)]
_ATTACHED = {"entry": "@entry"}
EVIDENCE = [
    line("list_evidence", both=SIGNED_IN, data=_DONE),
    line("offer_evidence", "competency=strategy", both=SIGNED_IN, data=_DONE),
    line("offer_evidence", "competency=no-such", both=NOBODY, data=_DONE),
    line("import_evidence", both=SIGNED_IN, data={"text": "- 2026-01-01: said", "confirm": "yes"}),
    *[line(f"export_evidence_{kind}", get=SIGNED_IN) for kind in ("csv", "markdown", "json")],
    line("list_milestones", get=SIGNED_IN),
    # Somebody else's entry is none of mine: it attaches nothing.
    line("attach_evidence", "milestone=*", post=SIGNED_IN, data={"entry": "@entry_pit"}, changes=NOBODY),
    line("attach_evidence", "milestone=no-such", post=NOBODY, data=_ATTACHED),
    line("detach_evidence", "pk=proof", post="fellow"),
    line("detach_evidence", "pk=proof_pit", post=NOBODY),
]
for _entry, _author in (("entry", "fellow"), ("entry_pit", "")):
    EVIDENCE += [
        line("edit_evidence", f"pk={_entry}", both=_author, data=_DONE),
        line("delete_evidence", f"pk={_entry}", both=_author),
    ]
_CASE = {"report": "@private", "target": "senior-pm", "title": "Said by the test"}
_SECTION = {"text": "Said by the test.", "revision": "0"}
_FIRST_REVISION = {"revision": "0"}
CASES = [line("list_cases", get=SIGNED_IN), line("create_case", both=SIGNED_IN, data=_CASE, changes="member")]
for _case, _author in (("case", "member"), ("case_pit", "")):
    CASES += [
        *[line(name, f"pk={_case}", get=_author) for name in ("show_case", "export_case_markdown", "export_case_pdf")],
        line("edit_case", f"pk={_case}", both=_author, data={"title": "Said by the test"}),
        line("delete_case", f"pk={_case}", both=_author),
        line("edit_section", f"pk={_case} slug=summary", both=_author, data=_SECTION),
        line("renew_section", f"pk={_case} slug=standing", both=_author, data=_FIRST_REVISION),
        line("share_case", f"pk={_case}", both=_author, data=_NEW_LINK),
    ]
CASES += [
    line("edit_section", "pk=case slug=no-such", both=NOBODY, data=_SECTION),
    line("renew_section", "pk=case slug=summary", both=NOBODY, data=_FIRST_REVISION),
    line("revoke_case_link", "pk=case_link_open", post="member"),
    line("revoke_case_link", "pk=case_link_revoked", post="member", changes=NOBODY),
    line("revoke_case_link", "pk=case_link_pit", post=NOBODY),
    line("show_shared_case", "token=token_case_link_open", both=EVERYONE, public=True, ledger=True, changes=NOBODY),
    line(
        "show_shared_case", "token=token_case_link_locked", both=EVERYONE, data=_PASSWORD, public=True, changes=NOBODY
    ),
    *[
        line("show_shared_case", f"token={token}", both=NOBODY, data=_PASSWORD, public=True)
        # A link to a report opens no case.
        for token in ("token_case_link_expired", "token_case_link_revoked", "token_link_open", "guessed")
    ],
    line("show_shared_report", "token=token_case_link_open", both=NOBODY, public=True),
]
_WHY = {"reason": "Said by the test, at some length."}
SUPPORT = [
    line("list_support_accesses", get=SIGNED_IN),
    # Whose account it is, staff know; what is in it opens with a reason only, which is kept and told.
    line("list_person_reports", "user_id=user_member", get="staff", shows="mail_member"),
    line("list_person_reports", "user_id=user_outsider", get="staff", shows="mail_outsider name_outsider"),
    line("open_report", "pk=private", both="staff", data=_WHY),
    line("open_report", "pk=private", both="staff", data={"reason": "Because"}, changes=NOBODY),
    line("open_report", "pk=ex_members", both="staff", data=_WHY),
    *[
        line("open_report", f"pk={pk}", both=NOBODY, data=_WHY)
        for pk in ("draft", "visitor_submitted", "visitor_draft", "rating_review_revealed", "rating_review_draft")
    ],
    line("show_opened_report", "pk=supported", get="staff"),
    *[line("show_opened_report", f"pk={pk}", get="staff", leads_to="/open/") for pk in ("private", "locked")],
    *[
        line("show_opened_report", f"pk={pk}", get=NOBODY)
        for pk in ("draft", "visitor_submitted", "rating_review_revealed", "rating_review_signed")
    ],
]
TABLE: list[Line] = [
    *(*PUBLIC, *QUIZ, *REPORTS, *WHAT_IF, *OWN_ACCOUNT, *ACCOUNT),
    *(*ORGANISATION, *TEAMS, *INVITATIONS, *SHARING, *LINKS, *REVIEWS, *PLAN, *EVIDENCE, *CASES, *SUPPORT),
]
