"""Addresses of a team's pages."""

from django.urls import path

from assessments.teams import views

urlpatterns = [
    path("teams/<slug:slug>/", views.show_team, name="show_team"),
    path("teams/<slug:slug>/strengths/", views.show_team_strengths, name="show_team_strengths"),
    path("teams/<slug:slug>/matrix.csv", views.export_matrix_csv, name="export_matrix_csv"),
    path("teams/<slug:slug>/matrix.xlsx", views.export_matrix_xlsx, name="export_matrix_xlsx"),
    path("teams/<slug:slug>/coaching/", views.set_coaching, name="set_coaching"),
    path("organisations/<slug:slug>/strengths/", views.show_organisation_strengths, name="show_organisation_strengths"),
]
