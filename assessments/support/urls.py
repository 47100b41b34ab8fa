"""Addresses of support's access to a report, and of the person's list of such accesses."""

from django.urls import path

from assessments.support import views

urlpatterns = [
    path("support/people/<uuid:user_id>/", views.list_person_reports, name="list_person_reports"),
    path("support/reports/<uuid:pk>/open/", views.open_report, name="open_report"),
    path("support/reports/<uuid:pk>/", views.show_opened_report, name="show_opened_report"),
    path("account/support/", views.list_support_accesses, name="list_support_accesses"),
]
