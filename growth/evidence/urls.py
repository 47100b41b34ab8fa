"""The evidence log, and the milestones that its entries prove."""

from django.urls import path

from growth.evidence import views as views_evidence
from growth.evidence import views_files as views_evidence_files
from growth.evidence import views_milestones

urlpatterns = [
    path("evidence/", views_evidence.list_evidence, name="list_evidence"),
    path("evidence/<uuid:pk>/edit/", views_evidence.edit_evidence, name="edit_evidence"),
    path("evidence/<uuid:pk>/delete/", views_evidence.delete_evidence, name="delete_evidence"),
    path("evidence/for/<slug:competency>/", views_evidence.offer_evidence, name="offer_evidence"),
    # Files
    path("evidence/import/", views_evidence_files.import_evidence, name="import_evidence"),
    path("evidence.csv", views_evidence_files.export_evidence_csv, name="export_evidence_csv"),
    path("evidence.md", views_evidence_files.export_evidence_markdown, name="export_evidence_markdown"),
    path("evidence.json", views_evidence_files.export_evidence_json, name="export_evidence_json"),
    # Milestones
    path("milestones/", views_milestones.list_milestones, name="list_milestones"),
    path("milestones/<slug:milestone>/attach/", views_milestones.attach_evidence, name="attach_evidence"),
    path("milestones/proofs/<uuid:pk>/detach/", views_milestones.detach_evidence, name="detach_evidence"),
]
