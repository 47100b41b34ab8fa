"""Addresses of an organisation's page, settings and rounds; those of people and teams are in people/urls.py."""

from django.urls import path

from assessments.rounds import views, views_organisation

urlpatterns = [
    path("organisations/<slug:slug>/", views_organisation.show_organisation, name="show_organisation"),
    path("organisations/<slug:slug>/settings/", views_organisation.edit_organisation, name="edit_organisation"),
    path("organisations/<slug:slug>/rounds/", views.list_rounds, name="list_rounds"),
    path("rounds/reminders/stop/<str:token>/", views.stop_reminders, name="stop_reminders"),
    path("rounds/<uuid:pk>/", views.show_round, name="show_round"),
    path("rounds/<uuid:pk>/begin/", views.begin_round, name="begin_round"),
    path("rounds/<uuid:pk>/edit/", views.edit_round, name="edit_round"),
    path("rounds/<uuid:pk>/remind/", views.send_reminders, name="send_reminders"),
    path("rounds/<uuid:pk>/close/", views.close_round, name="close_round"),
    path("rounds/<uuid:pk>/reopen/", views.reopen_round, name="reopen_round"),
]
