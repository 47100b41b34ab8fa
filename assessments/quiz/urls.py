"""The quiz: starting, answering, submitting; taking a report up again, correcting, and deleting one."""

from django.urls import path

from assessments.quiz import views, views_answer, views_correct

urlpatterns = [
    path("quiz/start/", views.start_quiz, name="start_quiz"),
    path("quiz/<uuid:pk>/", views.show_quiz, name="show_quiz"),
    path("quiz/<uuid:pk>/answer/<slug:competency>/", views_answer.save_rating, name="save_rating"),
    path("quiz/<uuid:pk>/moment/", views.show_moment, name="show_moment"),
    path("quiz/<uuid:pk>/check/", views.check_answers, name="check_answers"),
    path("quiz/<uuid:pk>/submit/", views.submit_assessment, name="submit_assessment"),
    path("reports/<uuid:pk>/reopen/", views.reopen_assessment, name="reopen_assessment"),
    path(
        "reports/<uuid:pk>/answers/<slug:competency>/",
        views_correct.correct_answer,
        name="correct_answer",
    ),
    path("reports/<uuid:pk>/undo/", views_correct.undo_correction, name="undo_correction"),
    path("reports/<uuid:pk>/delete/", views.delete_assessment, name="delete_assessment"),
]
