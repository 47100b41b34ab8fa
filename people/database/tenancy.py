"""Keys between rows of one organisation whose statements also name the organisation.

Where tables are partitioned by organisation, or spread over several machines, a statement that doesn't name it would
have to ask all of them (docs/scale.md). `Tenant` and `OwnKey` name it when a row is saved, followed or joined; a query
that looks a row up by its id has to say `organisation=` itself. The columns are those of plain keys.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models.fields.related_descriptors import ReverseManyToOneDescriptor
from django.db.models.lookups import Exact

if TYPE_CHECKING:
    _Descriptor = ReverseManyToOneDescriptor[Any]
else:
    _Descriptor = ReverseManyToOneDescriptor

_KEY = "organisation"


class Tenant(models.Model):
    """A row of one organisation, which it never leaves."""

    class Meta:
        abstract = True

    def _do_update(self, base_qs: Any, *args: Any, **kwargs: Any) -> Any:
        """Update the row in its organisation. If that was changed, no row is found, and saving fails."""
        return super()._do_update(base_qs.filter(organisation=self.organisation_id), *args, **kwargs)  # type: ignore[attr-defined]


class _Rows(_Descriptor):
    """The manager behind `review.commitments`, which looks in the review's organisation only."""

    @cached_property
    def related_manager_cls(self) -> Any:
        made: Any = super().related_manager_cls

        class Rows(made):  # type: ignore[misc]
            def __init__(self, instance: Any) -> None:
                super().__init__(instance)
                self.core_filters[_KEY] = instance.organisation_id

        return Rows


class _Together:
    """What keys to a row of the same organisation have in common: whatever follows them names the organisation, too."""

    plain: ClassVar[str]
    """The field of Django's that migrations see: the columns are the same."""

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        return name, self.plain, args, kwargs

    def get_extra_restriction(self: Any, alias: str, related_alias: str) -> Any:
        """The condition of a join that both rows are of one organisation."""
        theirs = self.remote_field.model._meta.get_field(_KEY)  # noqa: SLF001
        ours = self.model._meta.get_field(_KEY)  # noqa: SLF001
        return Exact(ours.get_col(related_alias), theirs.get_col(alias))

    def get_extra_descriptor_filter(self, instance: Any) -> Any:
        return {_KEY: instance.organisation_id}


class OwnKey[S, G](_Together, models.ForeignKey[S, G]):
    """A key to a row of the same organisation."""

    plain = "django.db.models.ForeignKey"
    related_accessor_class = _Rows


class OwnOneToOne[S, G](_Together, models.OneToOneField[S, G]):
    """The same, for one row only."""

    plain = "django.db.models.OneToOneField"

    def get_forward_related_filter(self, obj: Any) -> Any:
        """What leads from `assessment.outcome` to the row."""
        return super().get_forward_related_filter(obj) | {_KEY: obj.organisation_id}
