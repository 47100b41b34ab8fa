"""Every address of the site. Rules live in the apps."""

from django.conf import settings
from django.urls import include, path

from config.admin import site

urlpatterns = [
    path("", include("growth.home.urls")),
    path("", include("ladder.urls")),
    # Before assessments: /organisations/<slug>/teams/new/ would else be the page of a team called “new”.
    path("", include("people.urls")),
    path("", include("assessments.urls")),
    path("", include("growth.plan.urls")),
    path("", include("growth.evidence.urls")),
    path("", include("growth.cases.urls")),
    path("account/", include("ladder.profile_urls")),
    path("account/", include("growth.my_data.urls")),
    path("account/", include("allauth.urls")),
    path("admin/", site.urls),
]

if settings.LOCAL:
    urlpatterns.append(path("local/", include("people.mail.local_urls")))

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
# Django has no such handler; allauth looks for this name.
handler429 = "config.errors.too_many"
handler500 = "config.errors.server_error"
