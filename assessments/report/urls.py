"""The report: its page, its files, and what could change it."""

from django.urls import path

from assessments.report import views, views_compare, views_files, views_notes, views_trend, views_what_if

urlpatterns = [
    path("reports/", views.list_reports, name="list_reports"),
    path("reports/sample/", views.show_sample_report, name="show_sample_report"),
    path("reports/<uuid:pk>/", views.show_report, name="show_report"),
    path("reports/<uuid:pk>/arithmetic/", views.show_arithmetic, name="show_arithmetic"),
    path("reports/<uuid:pk>/note/", views_notes.edit_report_note, name="edit_report_note"),
    path("reports/look-again/stop/<str:token>/", views_notes.stop_look_again, name="stop_look_again"),
    path("reports/<uuid:pk>/milestones/<slug:milestone>/", views.mark_milestone, name="mark_milestone"),
    # Files
    path("reports/<uuid:pk>.json", views_files.export_report_json, name="export_report_json"),
    path("reports/<uuid:pk>.csv", views_files.export_report_csv, name="export_report_csv"),
    path("reports/<uuid:pk>.xlsx", views_files.export_report_xlsx, name="export_report_xlsx"),
    path("reports/<uuid:pk>.pdf", views_files.export_report_pdf, name="export_report_pdf"),
    # What could change it, and what did
    path("reports/<uuid:pk>/what-if/", views_what_if.show_what_if, name="show_what_if"),
    path("reports/<uuid:pk>/two-ways/", views_what_if.show_parting, name="show_parting"),
    path("reports/compare/", views_compare.compare_reports, name="compare_reports"),
    path("trend/", views_trend.show_trend, name="show_trend"),
]
