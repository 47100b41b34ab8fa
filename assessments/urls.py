"""What was said, and who reads it: a file of addresses for each room."""

from django.urls import include, path

urlpatterns = [
    path("", include("assessments.quiz.urls")),
    path("", include("assessments.report.urls")),
    path("", include("assessments.sharing.urls")),
    path("", include("assessments.reviews.urls")),
    path("", include("assessments.teams.urls")),
    path("", include("assessments.rounds.urls")),
    path("", include("assessments.support.urls")),
]
