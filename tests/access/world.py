"""One small world for the permission test: two organisations, and somebody in every role that a person can have.

Every private field holds a string of its own, its canary, and says which personas may read it. Lantern is the
organisation that the personas are about; Quarry is the other one, whose only persona is `outsider`.
"""

import datetime
import time
from collections.abc import Mapping
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core import signing
from django.db.models import ForeignKey, Model, UUIDField
from django.urls import reverse
from django.utils import timezone

from assessments.models import SESSION_KEY as ANSWERED
from assessments.models import Assessment, CopyQuestion, ReportLink, ReportNote, Review, Round, Share, SupportAccess
from assessments.openings import note_opening
from assessments.quiz.correct import correct
from assessments.reviews.forms import fingerprint, rows_of
from assessments.reviews.review import choose, open_review, save_talk, start_rating, submit_review
from assessments.sharing.copies import (
    put_question,
    share_with_person,
    share_with_team,
    withdraw_from_organisation,
)
from assessments.sharing.links import make_link
from assessments.support.access import OPEN_FOR, open_for_support
from growth.cases.cases import make_case, make_case_link, rendered
from growth.models import Case, CaseLink, CaseSection, EvidenceEntry, MilestoneProof, PlanItem
from growth.plan.calendars import make_feed
from people.links.links import hash_of
from people.login.sessions import SessionStore
from people.models import Invitation, Membership, Organisation, Team, TeamMembership, User
from people.organisations.refusals import ways_out
from tests.factories import (
    exact_profile,
    give,
    join,
    join_team,
    make_assessment,
    make_organisation,
    make_team,
    make_user,
)

# Who asks. What each is, is said where the world makes them.
PERSONAS = (
    *("anonymous", "visitor", "member", "fellow", "ex_member", "manager", "second_manager", "ex_manager"),
    *("director", "other_manager", "recipient", "admin", "owner", "outsider", "staff"),
)
SIGNED_IN = frozenset(PERSONAS) - {"anonymous", "visitor"}
INSIDE = SIGNED_IN - {"outsider", "staff", "ex_member"}
"""Those who are in Lantern."""
LEADS = frozenset({"admin", "owner"})
NOBODY: frozenset[str] = frozenset()
# What a draft holds: there are questions left, so its page asks one.
BEGUN = {"strategy": 2, "customer-insight": 4, "delivery": 3}
# Enough of what their level asks for that the two meet.
ANSWERS = exact_profile("pm") | BEGUN
MANAGER_ANSWERS = ANSWERS | {"strategy": 4, "customer-insight": 1}
MANAGER = TeamMembership.Role.MANAGER
NEVER_WAS = "01900000-0000-7000-8000-00000000ffff"
LINK_PASSWORD = "a password of a link"


def _notes(canary: str, answers: Mapping[str, Any]) -> dict[str, str]:
    return {next(iter(answers)): f"What we did: {canary}"}


class World:
    """The objects by name in `things`, their ids in `ids`, the canaries in `canaries` with who may read them."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.things: dict[str, Any] = {}
        self.ids: dict[str, str] = {}
        self.canaries: dict[str, frozenset[str]] = {}
        self.canary_of: dict[str, str] = {}
        self.foreign: dict[str, str] = {}
        # What a page tells somebody who may not read it elsewhere: whoever is invited reads by whom.
        self.told: dict[tuple[str, str], frozenset[str]] = {}
        # What was answered while nothing had been changed: (persona, path, htmx) → answer (`look` in asking.py).
        self.seen: dict[tuple[str, str, bool], Any] = {}
        self.cookies: dict[str, str] = {}
        self._people()
        self._own_answers()
        self._revealed_review()
        self._signed_review()
        self._blind_reviews()
        self._those_who_left()
        self._odd_rows()
        self._invitations_and_rounds()
        self._links()
        self._plan()
        self._cases()
        self._quarry()
        self._support()
        self._sessions()

    # Making things

    def canary(self, name: str, *readers: str) -> str:
        """A string that nothing else holds, and who may read it; the newcomer is no persona, and in Lantern."""
        text = f"zq{len(self.canaries):02d}{name.replace('_', '')}canary"
        self.canary_of[name] = text
        self.canaries[text] = frozenset(readers) | ({"newcomer"} if set(readers) >= INSIDE else set())
        return text

    def put(self, name: str, thing: Any) -> Any:
        self.things[name] = thing
        self.ids[name] = str(thing.pk)
        if isinstance(thing, Team | Organisation):
            self.ids[name] = str(thing.slug)
            self.ids[f"{name}_id"] = str(thing.pk)
        return thing

    def person(self, name: str, *seen_by: str, domain: str = "lantern.example") -> User:
        # Staff find accounts by their address.
        address = f"{self.canary(f'mail_{name}', name, 'staff', *seen_by)}@{domain}"
        self.users[name] = self.put(f"user_{name}", make_user(address, name=f"{name.replace('_', ' ').title()}"))
        return self.users[name]

    def submitted(self, user: User, canary: str, **fields: Any) -> Assessment:
        return make_assessment(user, answers=ANSWERS, evidence=_notes(canary, ANSWERS), submitted=True, **fields)

    def copy(self, name: str, share: Share, *readers: str) -> Share:
        """A copy says in its notes what it is, so that reading the copy and reading its source differ."""
        Share.objects.filter(pk=share.pk).update(notes=_notes(self.canary(name, *readers), ANSWERS))
        share.refresh_from_db()
        return self.put(name, share)

    def rate(self, name: str, review: Review, *readers: str, submit: bool = True) -> Review:
        draft = start_rating(review, "pm")
        # A draft has a question left, and enough to be submitted.
        said = (
            MANAGER_ANSWERS if submit else {slug: step for slug, step in MANAGER_ANSWERS.items() if slug != "culture"}
        )
        give(draft, said, _notes(self.canary(f"rating_{name}", *readers), said))
        self.put(f"rating_{name}", draft)
        if submit:
            submit_review(review, at=timezone.now())
        return self.put(name, review)

    def note_seen(self, name: str, review: Review) -> None:
        """What a page of the talk has seen, which its forms send along."""
        self.ids[f"seen_{name}"] = fingerprint(rows_of(list(review.commitments.all())))

    def talk(self, name: str, review: Review, *readers: str) -> None:
        review.refresh_from_db()
        text = self.canary(f"agenda_{name}", *readers)
        agreed = self.canary(f"commitment_{name}", *readers)
        save_talk(review, review.manager, text=text, rows=[(agreed, "strategy", None)])
        review.refresh_from_db()
        self.note_seen(name, review)

    # The parts of it

    def _people(self) -> None:
        lantern = self.put("lantern", make_organisation(self.canary("lantern", *INSIDE), "lantern"))
        product, checkout, search, closed = (
            self.put(slug, make_team(lantern, self.canary(slug, *INSIDE), slug))
            for slug in ("product", "checkout", "search", "closed")
        )
        checkout.parent = product
        checkout.save()
        # What it was called when teams had addresses without their organisation.
        self.ids["till"] = "till"
        Team.objects.filter(pk=checkout.pk).update(old_slug="till")
        Team.objects.filter(pk=closed.pk).update(closed_at=timezone.now())
        closed.refresh_from_db()
        above = ("manager", "second_manager", *LEADS)
        self.person("member", *above, "director")
        self.person("fellow", *above)
        self.person("newcomer", *above)
        self.person("ex_member", *LEADS)
        # Went to no other team; left the organisation before all this; and left it while a team still names them.
        self.person("mover", *LEADS)
        self.person("former")
        self.person("half_gone", *LEADS)
        self.person("manager", *LEADS, "second_manager")
        self.person("second_manager", *LEADS, "manager")
        self.person("ex_manager", *LEADS)
        self.person("director", *LEADS)
        self.person("other_manager", *LEADS)
        self.person("recipient", *LEADS, "other_manager")
        self.person("admin", *LEADS)
        self.person("owner", *LEADS)
        self.person("staff", *LEADS, "other_manager")
        User.objects.filter(pk=self.users["staff"].pk).update(is_staff=True, is_superuser=True)
        TOTP.activate(self.users["staff"], generate_totp_secret())
        roles = {"admin": Membership.Role.ADMIN, "owner": Membership.Role.OWNER}
        for name, user in self.users.items():
            if name != "staff":
                self.put(f"membership_{name}", join(user, lantern, roles.get(name, Membership.Role.MEMBER)))
        for team, managers, members in (
            (checkout, "manager second_manager ex_manager", "member fellow newcomer ex_member mover half_gone"),
            (product, "director", "member"),
            (search, "other_manager", "recipient"),
            (closed, "manager", "member"),
        ):
            for names, role in ((managers, MANAGER), (members, TeamMembership.Role.MEMBER)):
                for name in names.split():
                    self.put(f"{team.slug}_{name}", join_team(self.users[name], team, role))

    def _own_answers(self) -> None:
        """What only its author reads: a draft, a submitted one with a copy to a named person; and a visitor's two."""
        member = self.users["member"]
        self.put(
            "draft", make_assessment(member, answers=BEGUN, evidence=_notes(self.canary("draft", "member"), BEGUN))
        )
        private = self.put("private", self.submitted(member, self.canary("private", "member")))
        share = share_with_person(private, self.users["recipient"], self.things["lantern"].pk, with_notes=True)
        note_opening(share, self.users["recipient"])
        self.copy("copy_named", share, "member", "recipient")
        first = self.put("corrected", self.submitted(member, self.canary("corrected", "member")))
        self.put("correction", correct(first, "strategy", 5, self.canary("correction", "member")))
        said = {"name": self.canary("report_name", "member"), "note": self.canary("report_note", "member")}
        today = timezone.localdate()
        ReportNote.objects.create(assessment=first, organisation=member.home, look_again_on=today, **said)
        self.ids["token_look_again"] = signing.dumps(str(member.pk), salt="look-again")
        notes = _notes(self.canary("visitor_draft", "visitor"), BEGUN)
        self.put("visitor_draft", make_assessment(None, answers=BEGUN, evidence=notes))
        notes = _notes(self.canary("visitor_submitted", "visitor"), ANSWERS)
        self.put("visitor_submitted", make_assessment(None, answers=ANSWERS, evidence=notes, submitted=True))
        # Another visitor's, whose session is not here.
        notes = _notes(self.canary("strayed"), ANSWERS)
        self.put("strayed", make_assessment(None, answers=ANSWERS, evidence=notes, submitted=True))
        self.put("strayed_draft", make_assessment(None, answers=BEGUN, evidence=notes))

    def _plan(self) -> None:
        """The fellow's plan: what only they read, something done, and what their calendar shows."""
        fellow, today = self.users["fellow"], timezone.localdate()
        text, step = (self.canary(name, "fellow") for name in ("own_plan", "own_step"))
        self.plan_item("plan_own", fellow, text, first_step=step)
        done = {"state": "done", "done_on": today, "due_on": today}
        self.plan_item("plan_done", fellow, self.canary("plan_done", "fellow"), **done)
        self.plan_item("plan_dated", fellow, self.canary("plan_dated", *PERSONAS), due_on=today)
        said = {"approach": self.canary("entry", "fellow")}
        said |= {name: self.canary(f"entry_{name}", "fellow") for name in ("problem", "outcome", "measure")}
        said |= {"link": f"https://{self.canary('entry_link', 'fellow')}.example/"}
        about: dict[str, Any] = {"organisation": fellow.home, "owner": fellow, "happened_on": today}
        made = EvidenceEntry.objects.create(**about, **said, competencies=["strategy"])
        entry = self.put("entry", made)
        proof = {"organisation": fellow.home, "owner": fellow, "milestone": self.first_milestone, "entry": entry}
        self.put("proof", MilestoneProof.objects.create(**proof))
        token = make_feed(fellow)
        self.put("feed", fellow.calendar_feed)
        self.canaries[hash_of(token)] = NOBODY
        self.ids["token_feed"] = token
        self.ids["token_refusal"] = ways_out(["wants-none@example.com"])["wants-none@example.com"].link.split("/")[-2]
        self.ids["token_reminders"] = signing.dumps(str(fellow.pk), salt="round-reminders")
        self.ids["token_digest"] = signing.dumps(str(fellow.pk), salt="plan-digest")

    @property
    def first_milestone(self) -> str:
        """One of the level that comes first; the walk asks for its page by name."""
        rubric = self.things["private"].rubric
        return str(next(item.slug for slug in rubric.levels for item in rubric.milestones_for(slug)))

    def plan_item(self, name: str, owner: User, text: str, **fields: Any) -> PlanItem:
        made: PlanItem = self.put(
            name, PlanItem.objects.create(organisation=owner.home, owner=owner, text=text, **fields)
        )
        return made

    def _revealed_review(self) -> None:
        """Member and manager see both sides. The second manager has the same copy waiting, and has chosen nothing."""
        member, manager, checkout = self.users["member"], self.users["manager"], self.things["checkout"]
        review = open_review(checkout, member, manager)
        self.rate("review_revealed", review, "member", "manager")
        shared = self.put("shared", self.submitted(member, self.canary("shared", "member")))
        self.copy("copy_team", share_with_team(shared, checkout, with_notes=True), "member", "manager")
        self.talk("review_revealed", review, "member", "manager")
        old = self.put("in_closed", self.submitted(member, self.canary("in_closed", "member")))
        Team.objects.filter(pk=self.things["closed"].pk).update(closed_at=None)
        self.things["closed"].refresh_from_db()
        self.copy("copy_closed", share_with_team(old, self.things["closed"], with_notes=True), "member")
        closed_review = open_review(self.things["closed"], member, manager)
        choose(closed_review, Review.Choice.READ_NOW)
        Team.objects.filter(pk=self.things["closed"].pk).update(closed_at=timezone.now())
        self.things["closed"].refresh_from_db()
        self.put("review_waiting", open_review(checkout, member, self.users["second_manager"]))
        # Given before the second manager's time: they ask, and the manager has not chosen.
        late = self.put("late", self.submitted(member, self.canary("late", "member")))
        share = share_with_team(late, checkout, with_notes=True, readers=[manager.pk])
        self.copy("copy_late", share, "member")
        put_question(share, self.users["second_manager"])
        self.put("question_late", CopyQuestion.objects.get(copy=share))
        # One who has rated and then stopped managing: it met the same copy, and is theirs no more.
        left = open_review(checkout, member, self.users["ex_manager"])
        self.rate("review_of_ex_manager", left, "member")
        self.talk("review_of_ex_manager", left, "member")
        TeamMembership.objects.filter(team=checkout, user=self.users["ex_manager"]).update(left_at=timezone.now())

    def _signed_review(self) -> None:
        """In the parent team, whose manager has no say in the child."""
        member, director, product = self.users["member"], self.users["director"], self.things["product"]
        earlier = self.put("earlier", self.submitted(member, self.canary("earlier", "member")))
        self.copy("copy_signed", share_with_team(earlier, product, with_notes=True), "member", "director")
        review = open_review(product, member, director)
        self.rate("review_signed", review, "member", "director")
        self.talk("review_signed", review, "member", "director")
        for side in (member, director):
            save_talk(review, side, signed_at=timezone.now())
        assert review.is_signed_off
        item = PlanItem.objects.get(owner=member)
        PlanItem.objects.filter(pk=item.pk).update(text=self.canary("plan_item", "member"))
        self.put("plan_item", item)

    def _blind_reviews(self) -> None:
        """The manager has rated the fellow, who shares nothing; and rates the newcomer after having read their copy."""
        checkout, manager = self.things["checkout"], self.users["manager"]
        self.rate("review_blind", open_review(checkout, self.users["fellow"], manager), "manager")
        newcomer = self.users["newcomer"]
        shared = self.put("newcomers", self.submitted(newcomer, self.canary("newcomers")))
        self.copy("copy_now", share_with_team(shared, checkout, with_notes=True), "manager")
        review = open_review(checkout, newcomer, manager)
        choose(review, Review.Choice.READ_NOW)
        self.rate("review_draft", review, "manager", submit=False)

    def _those_who_left(self) -> None:
        """Whoever leaves keeps what is in their own space, and nothing of the organisation."""
        gone, manager, checkout = self.users["ex_member"], self.users["manager"], self.things["checkout"]
        own = self.put("ex_members", self.submitted(gone, self.canary("ex_members", "ex_member")))
        share = share_with_team(own, checkout, with_notes=True)
        self.copy("copy_gone", share)
        review = self.rate("review_of_ex_member", open_review(checkout, gone, manager), "manager")
        review.refresh_from_db()
        save_talk(review, manager, text=self.canary("agenda_of_ex_member", "manager"))
        self.note_seen("review_of_ex_member", review)
        theirs = self.submitted(self.users["recipient"], self.canary("for_ex_member", "recipient"))
        given = share_with_person(theirs, gone, self.things["lantern"].pk, with_notes=True)
        self.copy("copy_to_ex_member", given)
        Membership.objects.filter(user=gone).update(left_at=timezone.now())
        TeamMembership.objects.filter(user=gone).update(left_at=timezone.now())
        withdraw_from_organisation(gone, self.things["lantern"].pk)

    def _odd_rows(self) -> None:
        """What no button leaves behind and a slip could: each door must hold by itself; nothing is withdrawn here."""
        checkout, now = self.things["checkout"], timezone.now()
        lantern, manager = self.things["lantern"], self.users["manager"]
        for name in ("mover", "half_gone"):
            own = self.put(f"{name}s", self.submitted(self.users[name], self.canary(f"{name}s")))
            self.copy(f"copy_{name}", share_with_team(own, checkout, with_notes=True))
            choose(open_review(checkout, self.users[name], manager), Review.Choice.READ_NOW)
        Membership.objects.filter(user__in=[self.users["half_gone"], self.users["former"]]).update(left_at=now)
        TeamMembership.objects.filter(team=checkout, user=self.users["mover"]).update(left_at=now)
        for name, readers in (("former", ()), ("mover", (*LEADS, "manager"))):
            User.objects.filter(pk=self.users[name].pk).update(name=self.canary(f"name_{name}", *readers))
            self.users[name].refresh_from_db()
        # The ex-member once managed Search, and nobody ended that.
        join_team(self.users["ex_member"], self.things["search"], MANAGER)
        # The fellow was owner and managed the team, long ago.
        long_ago = {"joined_at": now - datetime.timedelta(days=900), "left_at": now - datetime.timedelta(days=800)}
        fellow = self.users["fellow"]
        Membership.objects.create(organisation=lantern, user=fellow, role=Membership.Role.OWNER, **long_ago)
        TeamMembership.objects.create(organisation=lantern, team=checkout, user=fellow, role=MANAGER, **long_ago)

    def _invitations_and_rounds(self) -> None:
        lantern, today = self.things["lantern"], timezone.localdate()
        week = datetime.timedelta(days=7)
        span = {"starts_on": today - week, "due_on": today + week}
        name = self.canary("round", *INSIDE)
        self.put("round", Round.objects.create(organisation=lantern, name=name, **span))
        name = self.canary("round_closed", *INSIDE)
        closed = Round(organisation=lantern, name=name, starts_on=today - 9 * week, due_on=today - 8 * week)
        closed.closed_at = timezone.now() - 8 * week
        closed.save()
        self.put("round_closed", closed)
        invite = self.invite
        invite("invitation_link", lantern, self.things["checkout"], readers=())
        invite("invitation_mail", lantern, None, email="invited", readers=tuple(LEADS))
        invite("invitation_for_staff", lantern, self.things["search"], user="staff", readers=("staff",))
        invite("invitation_expired", lantern, None, readers=(), expires_at=timezone.now() - week)
        page = reverse("show_own_invitation", args=[self.ids["invitation_for_staff"]])
        self.told[("staff", reverse("show_home"))] = frozenset({self.canary_of["lantern"]})
        self.told[("staff", page)] = frozenset(self.canary_of[name] for name in ("lantern", "search"))

    def invite(
        self,
        name: str,
        organisation: Organisation,
        team: Team | None,
        *,
        readers: tuple[str, ...],
        email: str = "",
        user: str = "",
        **fields: Any,
    ) -> None:
        """An invitation whose token is a canary: whoever is not sent it sees neither it nor its hash."""
        token = self.canary(f"token_{name}")
        if email:
            email = f"{self.canary(f'mail_{name}', *readers)}@elsewhere.example"
        if user:
            email = self.users[user].email
        invitation = Invitation.objects.create(
            organisation=organisation,
            team=team,
            kind=Invitation.Kind.MAIL if email else Invitation.Kind.LINK,
            email=email,
            token_hash=hash_of(token),
            created_by=self.users.get("owner"),
            max_uses=1 if email else 5,
            **{"expires_at": timezone.now() + datetime.timedelta(days=7), **fields},
        )
        self.with_token(name, invitation, token)

    def _links(self) -> None:
        """Links to reports: with the evidence, without it, behind a password, and those that ended."""
        member = self.users["member"]
        linked = self.put("linked", self.submitted(member, self.canary("linked", *PERSONAS)))
        self.link("link_open", linked, with_evidence=True, readers=("member",))
        bare = self.put("bare", self.submitted(member, self.canary("bare", "member")))
        self.link("link_bare", bare, readers=("member",))
        locked = self.put("locked", self.submitted(member, self.canary("locked", "member")))
        self.link("link_locked", locked, with_evidence=True, password=LINK_PASSWORD, readers=("member",))
        for name in ("link_expired", "link_revoked"):
            self.link(name, locked, with_evidence=True, readers=("member",))
        ReportLink.objects.filter(pk=self.ids["link_expired"]).update(expires_at=timezone.now())
        self.things["link_revoked"].revoke()
        self.link("link_of_ex_member", self.things["ex_members"], readers=("ex_member",))

    def link(
        self,
        name: str,
        report: Assessment,
        *,
        readers: tuple[str, ...],
        password: str = "",
        with_evidence: bool = False,
    ) -> None:
        """A link whose token is a canary, like that of an invitation; its label is for its author."""
        assert report.rater
        label, token = self.canary(f"label_{name}", *readers), self.canary(f"token_{name}")
        link, _ = make_link(report, report.rater, days=7, label=label, password=password, with_evidence=with_evidence)
        self.with_token(name, link, token)

    def with_token(self, name: str, link: Any, token: str) -> None:
        """Puts it there with a token of our own; nobody sees its hash."""
        hashed = hash_of(token)
        self.canaries[hashed] = NOBODY
        type(link).objects.filter(pk=link.pk).update(token_hash=hashed)
        link.refresh_from_db()
        self.put(name, link)
        self.ids[f"token_{name}"] = token

    def _cases(self) -> None:
        """A case that only its author reads, and one behind links: with its evidence, and without it."""
        self.case("case", "private", "member", "member")
        self.case("case_linked", "bare", "member", "member", evidence_for="member", shown_to=PERSONAS)
        self.case_link("case_link_open", "case_linked", "member")
        self.case("case_locked", "locked", "member", "member")
        for name in ("case_link_locked", "case_link_expired", "case_link_revoked"):
            self.case_link(name, "case_locked", "member", password=LINK_PASSWORD, with_evidence=True)
        CaseLink.objects.filter(pk=self.ids["case_link_expired"]).update(expires_at=timezone.now())
        self.things["case_link_revoked"].revoke()

    def case(
        self, name: str, report: str, author: str, *readers: str, evidence_for: str = "", shown_to: tuple[str, ...] = ()
    ) -> Case:
        """A case with a canary in its title, in a section that a link shows, and in one that it shows when ticked."""
        shown_to = shown_to or readers
        title = self.canary(f"title_{name}", *shown_to)
        case = make_case(self.users[author], self.things[report], "senior-pm", title)
        # What was agreed holds the canaries of a review, which only its two may read.
        for slug, text in (
            ("agreed", ""),
            ("summary", self.canary(f"summary_{name}", *shown_to)),
            ("evidence", self.canary(f"evidence_{name}", *([evidence_for] if evidence_for else readers))),
        ):
            CaseSection.objects.filter(case=case, slug=slug).update(**rendered(text, revision=0))
        made: Case = self.put(name, case)
        return made

    def case_link(self, name: str, case: str, author: str, *, password: str = "", with_evidence: bool = False) -> None:
        readers = [author] if author in PERSONAS else []
        label, token = self.canary(f"label_{name}", *readers), self.canary(f"token_{name}")
        link, _ = make_case_link(
            self.things[case], self.users[author], days=7, label=label, password=password, with_evidence=with_evidence
        )
        self.with_token(name, link, token)

    def _quarry(self) -> None:
        """The other organisation: all of its objects are foreign to everybody but the outsider."""
        before = set(self.things)
        quarry = self.put("quarry", make_organisation(self.canary("quarry", "outsider"), "quarry"))
        pit = self.put("pit", make_team(quarry, self.canary("pit", "outsider"), "pit"))
        outsider = self.person("outsider", domain="quarry.example")
        hewer = self.person("hewer", "outsider", domain="quarry.example")
        for user in (outsider, hewer):
            User.objects.filter(pk=user.pk).update(name=self.canary(f"name_{user.name.lower()}", "outsider"))
            user.refresh_from_db()
        self.put("membership_outsider", join(outsider, quarry, Membership.Role.OWNER))
        self.put("membership_hewer", join(hewer, quarry))
        self.put("pit_outsider", join_team(outsider, pit, MANAGER))
        self.put("pit_hewer", join_team(hewer, pit))
        self.put("hewers_draft", make_assessment(hewer, answers=BEGUN))
        own = self.put("hewers", self.submitted(hewer, self.canary("hewers")))
        self.copy("copy_pit", share_with_team(own, pit, with_notes=True), "outsider")
        self.link("link_pit", own, with_evidence=True, readers=())
        self.case("case_pit", "hewers", "hewer")
        self.case_link("case_link_pit", "case_pit", "hewer", with_evidence=True)
        review = open_review(pit, hewer, outsider)
        self.rate("review_pit", review, "outsider")
        self.talk("review_pit", review, "outsider")
        said = {"organisation": hewer.home, "owner": hewer, "happened_on": timezone.localdate()}
        entry = self.put("entry_pit", EvidenceEntry.objects.create(**said, approach=self.canary("entry_pit")))
        said = {"organisation": hewer.home, "owner": hewer, "milestone": self.first_milestone, "entry": entry}
        self.put("proof_pit", MilestoneProof.objects.create(**said))
        self.plan_item("plan_pit", hewer, self.canary("plan_pit"))
        today = timezone.localdate()
        name = self.canary("round_pit", "outsider")
        self.put("round_pit", Round.objects.create(organisation=quarry, name=name, starts_on=today, due_on=today))
        self.invite("invitation_pit", quarry, pit, readers=())
        foreign = set(self.things) - before
        self.foreign = {name: value for name, value in self.ids.items() if name.removesuffix("_id") in foreign}

    def _support(self) -> None:
        """A report that staff have open now, with the reason that its author reads; and one that was open."""
        member, staff = self.users["member"], self.users["staff"]
        opened = self.put("supported", self.submitted(member, self.canary("supported", "member", "staff")))
        open_for_support(opened, staff, self.canary("reason", "member", "staff"))
        earlier = timezone.now() - datetime.timedelta(hours=1, seconds=1)
        about = {"organisation": member.home, "staff": staff, "person": member, "assessment": self.things["locked"]}
        span = {"opened_at": earlier, "ends_at": earlier + OPEN_FOR}
        SupportAccess.objects.create(**about, **span, reason=self.canary("reason_over", "member"))

    def _sessions(self) -> None:
        """A session for each persona, as a log-in leaves it; the visitor's holds their two assessments.

        It and the fellow's also name what has an owner, as before a claim, and what is gone: that opens nothing.
        """
        claimed = [self.ids["private"], self.ids["draft"], NEVER_WAS]
        for name in (*PERSONAS, "newcomer"):
            store = SessionStore()
            if name == "visitor":
                store[ANSWERED] = [self.ids["visitor_draft"], self.ids["visitor_submitted"], *claimed]
            elif name != "anonymous":
                user = User.objects.get(pk=self.users[name].pk)
                store[SESSION_KEY] = str(user.pk)
                if name == "fellow":
                    store[ANSWERED] = claimed
                store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
                store[HASH_SESSION_KEY] = user.get_session_auth_hash()
                # Just now they said again who they are; tests/people/login/test_reauth.py asks others.
                store["account_authentication_methods_user"] = user_id_to_str(user)
                method = "mfa" if name == "staff" else "password"
                store[AUTHENTICATION_METHODS_SESSION_KEY] = [
                    # Of tomorrow: on a slow day the world gets older than what somebody proved just now.
                    {"method": method, "at": time.time() + 86_400, "reauthenticated": True}
                ]
            else:
                continue
            store.save()
            self.cookies[name] = str(store.session_key)

    # Looking at it

    def hidden_from(self, persona: str) -> list[str]:
        return [text for text, readers in self.canaries.items() if persona not in readers]

    def rows_of(self, ids: set[str], models: list[type[Model]]) -> set[tuple[str, ...]]:
        """All rows of the models that are, or point at, one of these; what somebody wrote into a text is no pointer."""
        found = set()
        for model in models:
            fields = model._meta.concrete_fields
            keys = [n for n, field in enumerate(fields) if isinstance(field, ForeignKey | UUIDField)]
            for row in model._default_manager.order_by().values_list(*[field.attname for field in fields]):
                if any(str(row[n]) in ids for n in keys):
                    found.add((model._meta.label, *map(str, row)))
        return found
