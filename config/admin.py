"""/admin/: where the operator's staff look after accounts.

Models are registered one by one. Registering one that holds answers, notes, reviews, plans, cases, or a secret that
lets somebody in would show it to all staff; tests/access/test_admin.py fails then. Staff who have to read a report for
support break the glass instead (assessments/support/access.py).
"""

from typing import Any, ClassVar

from django.contrib.admin import AdminSite, ModelAdmin, display
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.views import redirect_to_login
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from assessments.models import SupportAccess
from people.database.columns import folded
from people.login.sessions import end_others
from people.login.staff import staff_turned_away
from people.models import Membership, Organisation, User
from people.upkeep import state


class StaffSite(AdminSite):
    """Django's admin behind the second factor. Its own pages for logging in and for passwords, which know neither the
    second factor nor the rate limits, lead to those of the account."""

    site_header = site_title = _("Rungwise, for its operator")
    index_title = _("Accounts")

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated) and staff_turned_away(request) is None

    index_template = "people/upkeep/staff_index.html"

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The first page also says how backups and the rest of the upkeep stand."""
        steps = state.steps()
        upkeep = {"problems": [said for _step, said in state.problems(steps)], "steps": steps}
        return super().index(request, {**(extra_context or {}), "upkeep": upkeep})

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            answer: HttpResponse = staff_turned_away(request) or inner(request, *args, **kwargs)
            return answer

        return guarded

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002
        if not request.user.is_authenticated:
            return redirect_to_login(reverse("admin:index"))
        return staff_turned_away(request) or redirect("admin:index")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:  # noqa: ARG002
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:  # noqa: ARG002
        return redirect("account_change_password")


class Facts(ModelAdmin[Any]):
    """A list for staff to read. Unless a subclass says otherwise, nothing in it can be changed."""

    actions = None
    list_per_page = 50
    # Where people are looked for: keys to a user ("" for the row itself), and columns of folded names.
    user_keys: ClassVar[tuple[str, ...]] = ()
    folded_names: ClassVar[tuple[str, ...]] = ()
    show_full_result_count = False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:  # noqa: ARG002
        """Allow only the filters that the page offers. Django lets staff filter by any column, even across relations,
        so they could find out a password hash or a session key letter by letter."""
        offered = (item[0] if isinstance(item, tuple) else item for item in self.list_filter)
        names = {item if isinstance(item, str) else getattr(item, "parameter_name", "") for item in offered}
        return lookup.removesuffix("__exact").removesuffix("__isnull") in names - {""}

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Find folded names by a part of them and addresses whole: Django looks for parts, in the database's rules."""
        if not search_term or not self.folded_names:
            return super().get_search_results(request, queryset, search_term)
        found = Q(pk__in=[])
        for key in self.user_keys:
            found |= Q(**{f"{key}email": User.objects.spelled(search_term)})
        for name in self.folded_names:
            found |= Q(**{f"{name}__contains": folded(search_term)})
        return queryset.filter(found), False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    has_add_permission = has_delete_permission = has_change_permission

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return True

    def has_module_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return True

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        """Log the row's id instead of its name: the name would stay in this log after the account is erased."""
        assert isinstance(request.user, User)  # noqa: S101
        return LogEntry.objects.create(
            user=request.user,
            content_type=ContentType.objects.get_for_model(obj),
            object_id=obj.pk,
            object_repr=str(obj.pk),
            action_flag=CHANGE,
            change_message=str(message),
        )


class PersonAdmin(Facts):
    """Accounts: staff close and reopen them, and superusers also decide who is staff."""

    list_display = ("email", "name", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff")
    user_keys = ("",)
    # The own space bears its person's name.
    search_fields = folded_names = ("home__folded",)
    fields = ("email", "name", "date_joined", "is_active", "is_staff", "is_superuser", "reports")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes themselves here, and staff do not change superusers."""
        asks = request.user
        return obj is None or (obj != asks and isinstance(asks, User) and (asks.is_superuser or not obj.is_superuser))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:  # noqa: ARG002
        open_to = {"is_active", "is_staff"} if getattr(request.user, "is_superuser", False) else {"is_active"}
        return [name for name in self.fields if name not in open_to]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            end_others(obj, None)

    @display(description=_("Reports"))
    def reports(self, obj: User) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>',
            reverse("list_person_reports", args=[obj.pk]),
            _("For support: see the dates, or open one with a reason"),
        )


class OrganisationAdmin(Facts):
    list_display = fields = ("name", "slug", "created_at")
    search_fields = folded_names = ("folded", "slug")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organisation]:
        return super().get_queryset(request).filter(kind=Organisation.Kind.COMPANY)


class MembershipAdmin(Facts):
    list_display = fields = ("user", "organisation", "role", "joined_at", "left_at")
    list_select_related = ("user", "organisation")
    user_keys = ("user__",)
    search_fields = folded_names = ("sort_name", "organisation__folded")


class SupportAccessAdmin(Facts):
    """Each time a report was opened for support, so that staff can hold each other to account."""

    list_display = ("opened_at", "staff_id", "person_id", "assessment_id", "reason")
    fields = readonly_fields = ("opened_at", "ends_at", "staff_id", "person_id", "assessment_id", "reason")
    search_fields = ("reason",)


site = StaffSite(name="admin")
site.register(User, PersonAdmin)
site.register(Organisation, OrganisationAdmin)
site.register(Membership, MembershipAdmin)
site.register(SupportAccess, SupportAccessAdmin)
