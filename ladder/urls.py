"""The public pages of the ladder."""

from django.urls import path

from ladder.pages import views, views_lookup, views_reference

urlpatterns = [
    # Levels and tracks.
    path("ladder/", views.show_ladder, name="show_ladder"),
    path("ladder/levels/<slug:slug>/", views.show_level, name="show_level"),
    path("ladder/tracks/", views.compare_tracks, name="compare_tracks"),
    # What is expected, and how to get there.
    path("ladder/competencies/", views_reference.list_competencies, name="list_competencies"),
    path("ladder/competencies/<slug:slug>/", views_reference.show_competency, name="show_competency"),
    path("ladder/specialisations/", views_reference.list_specialisations, name="list_specialisations"),
    path("ladder/paths/", views_reference.list_paths, name="list_paths"),
    path("ladder/questions/", views_reference.list_questions, name="list_questions"),
    # Look-ups.
    path("ladder/titles/", views_lookup.find_title, name="find_title"),
    path("ladder/search/", views_lookup.search_ladder, name="search_ladder"),
    path("ladder/scheme/", views_lookup.choose_scheme, name="choose_scheme"),
]
