"""Addresses of reviews, and of the conversation that follows."""

from django.urls import path

from assessments.reviews import views, views_files, views_member, views_together
from people.urls import TEAM

urlpatterns = [
    # A manager and a member
    path(f"{TEAM}members/<uuid:pk>/", views_member.show_member, name="show_member"),
    path(f"{TEAM}members/<uuid:pk>/review/", views_member.start_review, name="start_review"),
    # A review
    path("reviews/", views.list_reviews, name="list_reviews"),
    path("reviews/<uuid:pk>/", views.show_review, name="show_review"),
    path("reviews/<uuid:pk>/answer/<slug:competency>/", views.save_review_rating, name="save_review_rating"),
    path("reviews/<uuid:pk>/check/", views.check_review, name="check_review"),
    path("reviews/<uuid:pk>/submit/", views.submit_review, name="submit_review"),
    # The conversation
    path("reviews/<uuid:pk>/together/", views_together.show_together, name="show_together"),
    path("reviews/<uuid:pk>/together.pdf", views_files.export_together_pdf, name="export_together_pdf"),
    path("reviews/<uuid:pk>/agenda/", views_together.edit_agenda, name="edit_agenda"),
    path("reviews/<uuid:pk>/commitments/", views_together.edit_commitments, name="edit_commitments"),
    path("reviews/<uuid:pk>/sign/", views_together.sign_review, name="sign_review"),
]
