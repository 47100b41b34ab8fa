"""The case for a promotion."""

from django.urls import path

from growth.cases import views as views_case
from growth.cases import views_files as views_case_files
from growth.cases import views_links as views_case_links

urlpatterns = [
    # Cases
    path("cases/", views_case.list_cases, name="list_cases"),
    path("cases/new/", views_case.create_case, name="create_case"),
    path("cases/<uuid:pk>/", views_case.show_case, name="show_case"),
    path("cases/<uuid:pk>/edit/", views_case.edit_case, name="edit_case"),
    path("cases/<uuid:pk>/delete/", views_case.delete_case, name="delete_case"),
    path("cases/<uuid:pk>/sections/<slug:slug>/", views_case.edit_section, name="edit_section"),
    path("cases/<uuid:pk>/sections/<slug:slug>/renew/", views_case.renew_section, name="renew_section"),
    path("cases/<uuid:pk>.md", views_case.export_case_markdown, name="export_case_markdown"),
    path("cases/<uuid:pk>.pdf", views_case_files.export_case_pdf, name="export_case_pdf"),
    # Links
    path("cases/<uuid:pk>/share/", views_case_links.share_case, name="share_case"),
    path("cases/links/<uuid:pk>/revoke/", views_case_links.revoke_case_link, name="revoke_case_link"),
    path("shared/cases/<str:token>/", views_case_links.show_shared_case, name="show_shared_case"),
]
