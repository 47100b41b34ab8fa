"""The profile: a person's name, job title and level, the scheme they read levels in, and their time zone."""

import unicodedata
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ladder.levels import NOT_YET, not_yet, other_profession
from ladder.models import current_rubric
from ladder.rubric import Rubric
from ladder.titles.titles import TitleAnswer, look_up, suggest
from people.access import signed_in
from people.database.transactions import transactional
from people.fields import NAME_MAX, LineField, NameField, ZoneField
from people.models import User

TITLES_SHOWN = 60


class ProfileForm(forms.Form):
    """`asked` is the title that an earlier answer asked back about: a level sent with it counts as the person's choice,
    even if it did not change. Without it, the form would ask again and again."""

    name = NameField(
        label=gettext_lazy("Your name"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=gettext_lazy("As your colleagues know you. Without one we show your e-mail address."),
    )
    job_title = LineField(
        label=gettext_lazy("Your job title"),
        required=False,
        max_length=NAME_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title", "list": "titles"}),
        help_text=gettext_lazy("As your company writes it. We look up where it stands on this ladder."),
    )
    level = forms.ChoiceField(label=gettext_lazy("Your level on this ladder"), required=False)
    scheme = forms.ChoiceField(
        label=gettext_lazy("Names of levels"),
        required=False,
        help_text=gettext_lazy("Your company may count levels in another way. The ladder stays the same."),
    )
    time_zone = ZoneField(
        label=gettext_lazy("Your time zone"), help_text=gettext_lazy("Such as Europe/London. Times are shown in it.")
    )
    wants_reminders = forms.BooleanField(
        label=gettext_lazy("Remind me by mail when a round of my organisation is due"), required=False
    )
    uses_keys = forms.BooleanField(
        label=gettext_lazy("Keyboard shortcuts"),
        required=False,
        help_text=gettext_lazy("Single digits and letters that answer a question while you are in it."),
    )
    asked = LineField(required=False, max_length=NAME_MAX, widget=forms.HiddenInput)

    def __init__(self, *args: Any, rubric: Rubric, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rubric = rubric
        self.title_answer: TitleAnswer | None = None
        self.fields["level"].choices = [  # type: ignore[attr-defined]
            ("", _("Take it from my title")),
            *((level.slug, level.title) for level in rubric.ladder.levels),
            (NOT_YET, not_yet(rubric.ladder)),
        ]
        self.fields["scheme"].choices = [  # type: ignore[attr-defined]
            ("", _("The ladder’s own names")),
            *((scheme.slug, scheme.title) for scheme in rubric.ladder.schemes),
        ]

    def clean_name(self) -> str:
        """Refuse a new name with an @: colleagues could take it for somebody's e-mail address. An old one may stay."""
        name: str = self.cleaned_data["name"]
        if name != self.initial.get("name", "") and "@" in unicodedata.normalize("NFKC", name):
            raise forms.ValidationError(_("A name holds no @: it would look like an e-mail address."))
        return name

    def clean(self) -> dict[str, Any]:
        """Take the level from a new title. If the title can mean several, ask back: a guess could be wrong unseen."""
        data = super().clean() or {}
        if "job_title" not in data or "level" not in data:
            return data
        title, level = data["job_title"], data["level"]
        title_is_new = title != self.initial.get("job_title", "")
        level_is_new = level != self.initial.get("level", "")
        answered = bool(level) and data.get("asked") == title
        if not title or answered or (level and (level_is_new or not title_is_new)):
            return data
        self.title_answer = look_up(self.rubric.ladder, title, _)
        status = self.title_answer.status
        if status == "match":
            data["level"] = self.title_answer.candidates[0].level
        elif status == "ambiguous":
            self.add_error("level", _("This title means different levels in different companies. Which is yours?"))
        elif status == "other_profession":
            self.add_error("level", other_profession(self.rubric.ladder))
        elif not level:
            self.add_error("level", _("We don’t know this title. Choose the level that comes closest."))
        return data

    @property
    def unclear(self) -> TitleAnswer | None:
        """The look-up that left the level open, so that the page can show its candidates; None if there was none."""
        return self.title_answer if self.errors.get("level") else None

    def ways_to_read(self) -> list[tuple[str, str, str]]:
        """The candidates of an unclear title as (slug, title of the level, when to choose it)."""
        if self.unclear is None:
            return []
        return [(item.level, self.rubric.levels[item.level].title, item.why) for item in self.unclear.candidates]

    def other_levels(self) -> list[tuple[str, str]]:
        """The other choices of the field, "not yet" among them."""
        offered = {"", *(slug for slug, _title, _why in self.ways_to_read())}
        return [choice for choice in self.fields["level"].choices if choice[0] not in offered]  # type: ignore[attr-defined]

    @transactional
    def save(self, user: User) -> None:
        """Store the profile."""
        data = self.cleaned_data
        user.name, user.job_title, user.held_level = data["name"], data["job_title"], data["level"]
        user.scheme, user.time_zone = data["scheme"], data["time_zone"]
        user.wants_reminders = data["wants_reminders"]
        user.uses_keys = data["uses_keys"]
        changed = ("name", "job_title", "held_level", "scheme", "time_zone", "wants_reminders", "uses_keys")
        user.save(update_fields=changed)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_profile(request: HttpRequest) -> HttpResponse:
    """Show and change the profile."""
    user = signed_in(request)
    rubric = current_rubric()
    initial = {
        "name": user.name,
        "job_title": user.job_title,
        # One that the ladder no longer has is no choice of the form: as its value it would show as an error.
        "level": NOT_YET if user.held_level == NOT_YET else rubric.now.levels.get(user.held_level, ""),
        "scheme": user.scheme if user.scheme in rubric.schemes else "",
        "time_zone": user.time_zone,
        "wants_reminders": user.wants_reminders,
        "uses_keys": user.uses_keys,
    }
    form = ProfileForm(request.POST or None, rubric=rubric, initial=initial)
    if request.method == "POST" and form.is_valid():
        form.save(user)
        messages.success(request, _said(form))
        return redirect("edit_profile")
    context = {
        "form": form,
        "schemes": rubric.ladder.schemes,
        "titles": suggest(rubric.ladder, "", TITLES_SHOWN),
        "section": "account",
    }
    return render(request, "ladder/profile.html", context, status=422 if request.method == "POST" else 200)


def _said(form: ProfileForm) -> str:
    """The message after saving. It names a level taken from the title, or a wrong reading would go unnoticed."""
    if form.title_answer and form.title_answer.status == "match":
        level = form.rubric.levels[form.cleaned_data["level"]].title
        return _("Saved. From your title we take it that your level is %(level)s.") % {"level": level}
    return _("Saved.")
