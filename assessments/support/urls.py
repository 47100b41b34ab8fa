"""Breaking the glass."""

from django.urls import path

from assessments.support import views as views_support

urlpatterns = [
    path("support/people/<uuid:user_id>/", views_support.list_person_reports, name="list_person_reports"),
    path("support/reports/<uuid:pk>/open/", views_support.open_report, name="open_report"),
    path("support/reports/<uuid:pk>/", views_support.show_opened_report, name="show_opened_report"),
    path("account/support/", views_support.list_support_accesses, name="list_support_accesses"),
]
