"""The addresses of this app. Most account pages are allauth's, and the profile is in ladder/profile_urls.py."""

from django.urls import path
from django.views.generic import RedirectView

from people.erasure import views as views_erasure
from people.login import views_reauth, views_sessions
from people.organisations import views, views_audit, views_invitations, views_refusals, views_teams

TEAM = "organisations/<slug:slug>/teams/<slug:team_slug>/"

urlpatterns = [
    path("account/", RedirectView.as_view(pattern_name="edit_profile"), name="show_account"),
    path("account/log/", views_audit.show_own_log, name="show_own_log"),
    path("account/delete/", views_erasure.delete_account, name="delete_account"),
    path("account/deleted/", views_erasure.account_deleted, name="account_deleted"),
    path("account/reauthenticate/mail/", views_reauth.confirm_by_mail, name="reauthenticate_by_mail"),
    path("account/sessions/", views_sessions.list_sessions, name="list_sessions"),
    path("account/sessions/end/", views_sessions.end_sessions, name="end_sessions"),
    # Organisations and who is in them
    path("organisations/", views.list_organisations, name="list_organisations"),
    path("organisations/<slug:slug>/people/", views.list_people, name="list_people"),
    path("organisations/<slug:slug>/people/<uuid:user_id>/role/", views.change_person, name="change_person"),
    path("organisations/<slug:slug>/people/<uuid:user_id>/remove/", views.remove_person, name="remove_person"),
    path("organisations/<slug:slug>/leave/", views.leave_organisation, name="leave_organisation"),
    path("organisations/<slug:slug>/remove/", views_erasure.remove_whole_organisation, name="remove_organisation"),
    path("organisations/<slug:slug>/audit/", views_audit.show_log, name="show_log"),
    path("organisations/<slug:slug>/audit.csv", views_audit.export_log, name="export_log"),
    # Teams
    path("organisations/<slug:slug>/teams/new/", views_teams.create_team, name="create_team"),
    path(f"{TEAM}people/", views_teams.list_team_people, name="list_team_people"),
    path(f"{TEAM}people/add/", views_teams.add_team_people, name="add_team_people"),
    path(f"{TEAM}people/<uuid:user_id>/role/", views_teams.change_team_person, name="change_team_person"),
    path(f"{TEAM}people/<uuid:user_id>/remove/", views_teams.remove_team_person, name="remove_team_person"),
    path(f"{TEAM}people/<uuid:user_id>/move/", views_teams.move_team_person, name="move_team_person"),
    path(f"{TEAM}leave/", views_teams.leave_team, name="leave_team"),
    path(f"{TEAM}settings/", views_teams.edit_team, name="edit_team"),
    path(f"{TEAM}close/", views_teams.close_one_team, name="close_team"),
    path(f"{TEAM}reopen/", views_teams.reopen_one_team, name="reopen_team"),
    path("teams/<slug:old_slug>/", views_teams.lead_on_to_team, name="lead_on_to_team"),
    path("teams/<slug:old_slug>/<path:rest>", views_teams.lead_on_to_team, name="lead_on_to_team_page"),
    # Invitations
    path("organisations/<slug:slug>/invite/", views_invitations.invite_people, name="invite_people"),
    path("organisations/<slug:slug>/invite/link/", views_invitations.create_link, name="create_link"),
    path(f"{TEAM}invite/", views_invitations.invite_to_team, name="invite_to_team"),
    path(f"{TEAM}invite/link/", views_invitations.create_team_link, name="create_team_link"),
    path(
        "organisations/<slug:slug>/invitations/<uuid:pk>/resend/",
        views_invitations.resend_invitation,
        name="resend_invitation",
    ),
    path(
        "organisations/<slug:slug>/invitations/<uuid:pk>/revoke/",
        views_invitations.revoke_invitation,
        name="revoke_invitation",
    ),
    path("invitations/never/<str:token>/", views_refusals.refuse_mails, name="refuse_mails"),
    path("invitations/", views_invitations.show_remembered_invitation, name="show_remembered_invitation"),
    path("invitations/mine/<uuid:pk>/", views_invitations.show_own_invitation, name="show_own_invitation"),
    path("invitations/<str:token>/", views_invitations.show_invitation, name="show_invitation"),
]
