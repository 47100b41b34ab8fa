"""Every address of the site. Rules live in the apps."""

from django.conf import settings
from django.urls import include, path

from config.admin import site

urlpatterns = [
    path("", include("ladder.urls")),
    path("", include("assessments.urls")),
    path("", include("assessments.review_urls")),
    path("", include("assessments.support_urls")),
    path("", include("growth.urls")),
    path("", include("growth.evidence_urls")),
    path("", include("growth.case_urls")),
    path("", include("people.urls")),
    path("account/", include("assessments.profile_urls")),
    path("account/", include("growth.data_urls")),
    path("account/", include("allauth.urls")),
    path("admin/", site.urls),
]

if settings.LOCAL:
    urlpatterns.append(path("local/", include("people.local_urls")))

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
# Not Django's: allauth asks for it.
handler429 = "config.errors.too_many"
handler500 = "config.errors.server_error"
