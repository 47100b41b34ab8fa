"""The tables of people, their organisations and teams, and of the log of what they did."""

# "X as X" tells mypy that the name may be imported from here.
from people.models.audit import AuditEvent as AuditEvent
from people.models.audit import AuditHead as AuditHead
from people.models.audit import ErasureRecord as ErasureRecord
from people.models.mails import MailRefusal as MailRefusal
from people.models.mails import OutboxMail as OutboxMail
from people.models.mails import SiteKey as SiteKey
from people.models.people import VISITORS_ID as VISITORS_ID
from people.models.people import Invitation as Invitation
from people.models.people import Membership as Membership
from people.models.people import Organisation as Organisation
from people.models.people import Team as Team
from people.models.people import TeamMembership as TeamMembership
from people.models.people import User as User
from people.models.people import sort_name_in as sort_name_in
from people.models.people import validate_time_zone as validate_time_zone
from people.models.people import visitors as visitors
from people.models.requests import LOCATION_MAX as LOCATION_MAX
from people.models.requests import OnceKey as OnceKey
from people.models.requests import RateCount as RateCount
from people.models.requests import Session as Session
from people.models.upkeep import Announcement as Announcement
from people.models.upkeep import MailHold as MailHold
from people.models.upkeep import Proof as Proof
