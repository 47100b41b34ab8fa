"""The quiz, and the report it ends in."""

from django.urls import include, path

from assessments.quiz import views as views_quiz
from assessments.quiz import views_answer
from assessments.report import views as views_report
from assessments.report import views_files as views_report_files
from assessments.report import views_trend, views_what_if

urlpatterns = [
    # The quiz
    path("quiz/start/", views_quiz.start_quiz, name="start_quiz"),
    path("quiz/<uuid:pk>/", views_quiz.show_quiz, name="show_quiz"),
    path("quiz/<uuid:pk>/answer/<slug:competency>/", views_answer.save_rating, name="save_rating"),
    path("quiz/<uuid:pk>/check/", views_quiz.check_answers, name="check_answers"),
    path("quiz/<uuid:pk>/submit/", views_quiz.submit_assessment, name="submit_assessment"),
    path("reports/<uuid:pk>/reopen/", views_quiz.reopen_assessment, name="reopen_assessment"),
    # The report
    path("reports/", views_report.list_reports, name="list_reports"),
    path("reports/sample/", views_report.show_sample_report, name="show_sample_report"),
    path("reports/<uuid:pk>/", views_report.show_report, name="show_report"),
    path("reports/<uuid:pk>.json", views_report_files.export_report_json, name="export_report_json"),
    path("reports/<uuid:pk>.csv", views_report_files.export_report_csv, name="export_report_csv"),
    path("reports/<uuid:pk>.xlsx", views_report_files.export_report_xlsx, name="export_report_xlsx"),
    path("reports/<uuid:pk>.pdf", views_report_files.export_report_pdf, name="export_report_pdf"),
    path("reports/<uuid:pk>/arithmetic/", views_report.show_arithmetic, name="show_arithmetic"),
    path("reports/<uuid:pk>/what-if/", views_what_if.show_what_if, name="show_what_if"),
    path("reports/<uuid:pk>/two-ways/", views_what_if.show_parting, name="show_parting"),
    path("reports/<uuid:pk>/milestones/<slug:milestone>/", views_report.mark_milestone, name="mark_milestone"),
    path("reports/<uuid:pk>/delete/", views_report.delete_assessment, name="delete_assessment"),
    path("trend/", views_trend.show_trend, name="show_trend"),
    # Teams
    path("", include("assessments.teams.urls")),
    path("", include("assessments.rounds.urls")),
]
