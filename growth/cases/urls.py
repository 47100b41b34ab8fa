"""The case for a promotion."""

from django.urls import path

from growth.cases import views, views_files, views_links

urlpatterns = [
    # Cases
    path("cases/", views.list_cases, name="list_cases"),
    path("cases/new/", views.create_case, name="create_case"),
    path("cases/<uuid:pk>/", views.show_case, name="show_case"),
    path("cases/<uuid:pk>/edit/", views.edit_case, name="edit_case"),
    path("cases/<uuid:pk>/delete/", views.delete_case, name="delete_case"),
    path("cases/<uuid:pk>/sections/<slug:slug>/", views.edit_section, name="edit_section"),
    path("cases/<uuid:pk>/sections/<slug:slug>/renew/", views.renew_section, name="renew_section"),
    path("cases/<uuid:pk>.md", views.export_case_markdown, name="export_case_markdown"),
    path("cases/<uuid:pk>.pdf", views_files.export_case_pdf, name="export_case_pdf"),
    # Links
    path("cases/<uuid:pk>/share/", views_links.share_case, name="share_case"),
    path("cases/links/<uuid:pk>/revoke/", views_links.revoke_case_link, name="revoke_case_link"),
    path("shared/cases/<str:token>/", views_links.show_shared_case, name="show_shared_case"),
]
