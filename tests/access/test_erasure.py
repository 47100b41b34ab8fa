"""Somebody deletes their account: a search through the whole database, logs and others' files finds nothing of them."""

from copy import deepcopy

import pytest
from django.utils import timezone

from assessments.models import Agenda, Assessment, Commitment, Opening, Rating, Review
from assessments.openings import note_opening
from assessments.reviews.review import save_talk
from growth.my_data.document import document_of
from people.erasure.erase import ErasureError, erase_person, hash_of_id, owned_alone, remove_organisation
from people.erasure.rules import REGISTRY
from people.models import AuditEvent, ErasureRecord, Invitation, Membership, Organisation, OutboxMail, User
from people.organisations.organisations import leave
from tests.access.asking import Asker, _logged
from tests.access.world import World
from tests.people.database.tables import everything, fill, tables_with, unguarded

pytestmark = pytest.mark.django_db
# What somebody said, by the names of their canaries in world.py; their address is `mail_…` for each.
OWN = {
    "member": (
        *("draft", "private", "copy_named", "shared", "copy_team", "in_closed", "copy_closed", "earlier"),
        *("copy_signed", "plan_item", "linked", "bare", "locked", "label_link_open", "token_link_open"),
        *("title_case", "summary_case", "evidence_case", "title_case_linked", "label_case_link_open"),
    ),
    "fellow": (
        *("own_plan", "own_step", "plan_done", "plan_dated", "entry", "entry_problem", "entry_outcome"),
        *("entry_measure", "entry_link", "rating_review_blind"),
    ),
    "manager": ("rating_review_blind", "rating_review_draft", "rating_review_of_ex_member"),
    "ex_member": ("ex_members", "label_link_of_ex_member"),
    "recipient": ("for_ex_member",),
    "director": (),
}
# What both had met in stays with the one who stays.
KEPT = {
    "member": ("rating_review_revealed", "agenda_review_revealed", "commitment_review_revealed"),
    "manager": ("rating_review_revealed", "agenda_review_revealed", "shared", "copy_team", "copy_now"),
    "director": ("rating_review_signed", "agenda_review_signed", "commitment_review_signed", "plan_item", "earlier"),
    "ex_member": ("rating_review_of_ex_member", "agenda_review_of_ex_member"),
    "fellow": (),
    "recipient": ("private",),
}


@pytest.fixture
def world(shared_world: World, db: None) -> World:
    """A copy for each test: what one of them does to a person in memory must not reach the next."""
    return deepcopy(shared_world, {id(shared_world.seen): {}})


@pytest.mark.parametrize("name", OWN)
def test_nothing_of_them_is_left_in_any_table(name: str, world: World) -> None:
    user = world.users[name]
    own = {world.canary_of[f"mail_{name}"], user.email, *(world.canary_of[what] for what in OWN[name])}
    before = "\n".join(everything().values())
    # Tokens are stored as hashes, and the world puts its own there.
    own = {text for text in own if text in before}
    assert user.email in own
    erase_person(user)
    after = everything()
    assert {text: table for text in own for table, said in after.items() if text in said} == {}
    assert {table for table, said in after.items() if str(user.pk) in said or user.pk.hex in said} <= {
        "people_auditevent",
        "assessments_supportaccess",
    }
    joined = "\n".join(after.values())
    kept = [world.canary_of[what] for what in KEPT[name] if what in world.canary_of]
    assert [text for text in kept if text not in joined] == []
    # It is recorded for the organisation and for backups; a reader stays in the ledger without a name.
    events = AuditEvent.objects.filter(organisation=world.things["lantern"], verb="account_erased")
    assert {event.person for event in events} == ({user.pk} if name != "ex_member" else set())
    record = ErasureRecord.objects.get()
    assert (record.what, record.id_hash) == ("person", hash_of_id(user.pk))
    assert record.erased_at <= timezone.now()
    readers = {item.reader_name for item in Opening.objects.filter(source=world.things["private"])}
    assert readers <= {"Somebody who has left"} if name == "recipient" else "Somebody who has left" not in readers


def test_every_text_of_theirs_is_gone(world: World) -> None:
    """A canary in each field of each row that the rules call theirs, triggers or not; then everything is searched."""
    member = world.users["member"]
    canaries: list[str] = []
    with unguarded():
        for rule in REGISTRY.rules.values():
            # A review that stays keeps its level, a word of the ladder; it has no other text.
            if rule.owners and rule.model not in {"people.Membership", "people.TeamMembership", "assessments.Review"}:
                rows = rule.rows_of(member)
                if rule.model == "assessments.Assessment":
                    rows = rows.filter(kind="self")
                if rule.model in {"assessments.Rating", "assessments.Outcome"}:
                    rows = rows.filter(assessment__kind="self")
                fill(rows, canaries)
    member.refresh_from_db()
    before = "\n".join(everything().values())
    there = [text for text in canaries if text in before]
    assert len(there) > 150
    erase_person(member)
    after = "\n".join(everything().values())
    assert [text for text in there if text in after] == []


def test_kept_texts_say_neither_name_nor_address(world: World) -> None:
    """In what a manager wrote, in the agenda and in what was agreed, signed or not."""
    member, director = world.users["member"], world.users["director"]
    User.objects.filter(pk=member.pk).update(name="Zelda Quince")
    member.refresh_from_db()
    said = f"Zelda and {member.email} did well, said Zelda Quince."
    open_one, signed = world.things["review_revealed"], world.things["review_signed"]
    open_one.refresh_from_db()
    save_talk(open_one, member, text=said, seen=1, rows=[(said, "strategy", None)])
    assert Agenda.objects.get(review=open_one).text == said
    with unguarded():
        Agenda.objects.filter(review=signed).update(text=said)
        Commitment.objects.filter(review=signed).update(text=said)
        Rating.objects.filter(assessment=signed.assessment).update(evidence=said)
    steps = list(Rating.objects.filter(assessment=signed.assessment).order_by("pk").values_list("step", flat=True))
    erase_person(member)
    left = "[former member] and [former member] did well, said [former member]."
    assert {item.text for item in Agenda.objects.filter(review__in=[open_one, signed])} == {left}
    assert {item.text for item in Commitment.objects.filter(review__in=[open_one, signed])} == {left}
    ratings = Rating.objects.filter(assessment=signed.assessment).order_by("pk")
    assert {rating.evidence for rating in ratings} == {left}
    assert [rating.step for rating in ratings] == steps
    review = Review.objects.get(pk=signed.pk)
    assert review.assessment
    assert (review.subject, review.manager, review.share, review.source) == (None, director, None, None)
    assert (review.assessment.status, review.assessment.subject) == (Assessment.Status.SUBMITTED, None)
    assert not review.is_erasing
    assert tables_with("zelda") == set()


def test_the_manager_reads_their_side_and_changes_nothing(world: World, asker: Asker) -> None:
    erase_person(world.users["member"])
    for persona, name in (("manager", "review_revealed"), ("director", "review_signed")):
        page = asker.ask(persona, "GET", f"/reviews/{world.ids[name]}/together/")
        assert page.status == "ok"
        assert "Former member" in page.body
        assert world.canary_of[f"rating_{name}"] in page.body
        assert world.canary_of[f"agenda_{name}"] in page.body
        assert asker.ask(persona, "POST", f"/reviews/{world.ids[name]}/sign/").status == "403"
        assert asker.ask(persona, "GET", "/reviews/").status == "ok"
        assert asker.ask(persona, "GET", f"/reviews/{world.ids[name]}/together.pdf").status == "ok"
    assert asker.ask("manager", "GET", "/organisations/lantern/teams/checkout/").status == "ok"


def test_the_member_keeps_what_was_agreed_when_the_manager_goes(world: World, asker: Asker) -> None:
    User.objects.filter(pk=world.users["director"].pk).update(name="Zelda Quince")
    erase_person(User.objects.get(pk=world.users["director"].pk))
    together = f"/reviews/{world.ids['review_signed']}/together/"
    pages = {address: asker.ask("member", "GET", address) for address in ("/reviews/", together, "/plan/", "/trend/")}
    assert [address for address, page in pages.items() if page.status != "ok" or "Zelda" in page.body] == []
    assert "Former manager" in pages[together].body
    assert world.canary_of["commitment_review_signed"] in pages[together].body
    assert tables_with("zelda") == set()


def test_others_files_and_the_log_say_nothing(world: World, asker: Asker) -> None:
    member = world.users["member"]
    User.objects.filter(pk=member.pk).update(name="Zelda Quince")
    member.refresh_from_db()
    note_opening(world.things["copy_pit"], world.users["outsider"])
    with _logged() as lines:
        erase_person(member)
        texts = [str(document_of(User.objects.get(pk=world.users[name].pk))) for name in ("manager", "recipient")]
        for persona, method, path in (
            ("manager", "GET", "/organisations/lantern/teams/checkout/matrix.csv"),
            ("owner", "GET", "/organisations/lantern/audit/"),
            ("owner", "POST", "/organisations/lantern/audit.csv"),
            ("owner", "GET", "/organisations/lantern/people/"),
        ):
            answer = asker.ask(persona, method, path)
            assert answer.status == "ok"
            texts.append(answer.body)
    for text in [*texts, *lines]:
        assert "Zelda" not in text
        assert member.email not in text
        assert world.canary_of["private"] not in text


def test_invitations_and_mails_go(world: World) -> None:
    staff = world.users["staff"]
    for to, text in ((f"Staff <{staff.email.upper()}>", "for you"), ("other@example.com", f"{staff.email} asks")):
        OutboxMail.objects.create(message={"to": [to], "subject": "s", "body": text, "alternatives": [[text, "t"]]})
    Invitation.objects.filter(pk=world.ids["invitation_link"]).update(created_by=staff)
    erase_person(staff)
    assert not Invitation.objects.filter(pk=world.ids["invitation_for_staff"]).exists()
    kept = Invitation.objects.get(pk=world.ids["invitation_link"])
    assert (kept.created_by, kept.revoked_at) == (None, None), "it is the organisation's"
    (mail,) = OutboxMail.objects.exclude(message={})
    assert mail.message["body"] == "[somebody who has left] asks"


def test_the_last_owner_hands_over_first(world: World, asker: Asker) -> None:
    owner, lantern = world.users["owner"], world.things["lantern"]
    assert owned_alone(owner) == [lantern]
    page = asker.ask("owner", "GET", "/account/delete/")
    assert "last owner" in page.body
    assert 'name="sure"' not in page.body
    before = everything()
    with pytest.raises(ErasureError, match="last owner"):
        erase_person(owner)
    assert everything() == before
    Membership.objects.filter(user=world.users["admin"], organisation=lantern).update(role=Membership.Role.OWNER)
    erase_person(owner)
    assert not User.objects.filter(pk=owner.pk).exists()


def test_what_stayed_goes_when_the_other_one_leaves(world: World) -> None:
    """Kept for as long as they are in the organisation; and nothing is kept for nobody."""
    member, director = world.users["member"], world.users["director"]
    erase_person(member)
    leave(world.things["lantern"], director.pk)
    assert not Review.objects.filter(pk=world.ids["review_signed"]).exists()
    assert not Assessment.objects.filter(pk=world.ids["rating_review_signed"]).exists()
    erase_person(world.users["manager"])
    assert not Review.objects.filter(pk=world.ids["review_revealed"]).exists()
    assert tables_with(world.canary_of["agenda_review_revealed"]) == set()


def test_removing_an_organisation_takes_all_of_it_and_nobodys_own(world: World) -> None:
    lantern = world.things["lantern"]
    remove_organisation(lantern)
    assert not Organisation.objects.filter(pk=lantern.pk).exists()
    gone = ("lantern", "product", "round", "copy_team", "rating_review_signed", "agenda_review_signed")
    assert {name: tables_with(world.canary_of[name]) for name in gone} == {name: set() for name in gone}
    assert tables_with(world.canary_of["private"]) == {"assessments_rating"}
    assert {table for table, said in everything().items() if str(lantern.pk) in said} == set()
    assert AuditEvent.objects.filter(organisation=world.things["quarry"]).exists()
