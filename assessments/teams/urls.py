"""Addresses of a team's pages."""

from django.urls import path

from assessments.teams import views
from people.urls import TEAM

urlpatterns = [
    path(TEAM, views.show_team, name="show_team"),
    path(f"{TEAM}strengths/", views.show_team_strengths, name="show_team_strengths"),
    path(f"{TEAM}matrix.csv", views.export_matrix_csv, name="export_matrix_csv"),
    path(f"{TEAM}matrix.xlsx", views.export_matrix_xlsx, name="export_matrix_xlsx"),
    path(f"{TEAM}coaching/", views.set_coaching, name="set_coaching"),
]
