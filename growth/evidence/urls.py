"""The evidence log, and the milestones that its entries prove."""

from django.urls import path

from growth.evidence import views, views_files, views_milestones

urlpatterns = [
    path("evidence/", views.list_evidence, name="list_evidence"),
    path("evidence/<uuid:pk>/edit/", views.edit_evidence, name="edit_evidence"),
    path("evidence/<uuid:pk>/delete/", views.delete_evidence, name="delete_evidence"),
    path("evidence/for/<slug:competency>/", views.offer_evidence, name="offer_evidence"),
    # Files
    path("evidence/import/", views_files.import_evidence, name="import_evidence"),
    path("evidence.csv", views_files.export_evidence_csv, name="export_evidence_csv"),
    path("evidence.md", views_files.export_evidence_markdown, name="export_evidence_markdown"),
    path("evidence.json", views_files.export_evidence_json, name="export_evidence_json"),
    # Milestones
    path("milestones/", views_milestones.list_milestones, name="list_milestones"),
    path("milestones/<slug:milestone>/attach/", views_milestones.attach_evidence, name="attach_evidence"),
    path("milestones/proofs/<uuid:pk>/detach/", views_milestones.detach_evidence, name="detach_evidence"),
]
