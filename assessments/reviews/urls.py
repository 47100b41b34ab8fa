"""Giving copies, reviewing each other's view, and the talk that follows."""

from django.urls import path

from assessments.reviews import views as views_review
from assessments.reviews import views_files as views_review_files
from assessments.reviews import views_member, views_together
from assessments.sharing import views as views_share
from assessments.sharing import views_links

urlpatterns = [
    # Copies
    path("reports/<uuid:pk>/share/", views_share.share_report, name="share_report"),
    path("copies/<uuid:pk>/", views_share.show_copy, name="show_copy"),
    path("copies/<uuid:pk>/withdraw/", views_share.withdraw_copy, name="withdraw_copy"),
    # Secret links
    path("reports/<uuid:pk>/links/", views_links.create_report_link, name="create_report_link"),
    path("links/<uuid:pk>/revoke/", views_links.revoke_report_link, name="revoke_report_link"),
    path("shared/<str:token>/", views_links.show_shared_report, name="show_shared_report"),
    # A manager and a member
    path("teams/<slug:slug>/members/<uuid:pk>/", views_member.show_member, name="show_member"),
    path("teams/<slug:slug>/members/<uuid:pk>/review/", views_member.start_review, name="start_review"),
    # A review
    path("reviews/", views_review.list_reviews, name="list_reviews"),
    path("reviews/<uuid:pk>/", views_review.show_review, name="show_review"),
    path("reviews/<uuid:pk>/answer/<slug:competency>/", views_review.save_review_rating, name="save_review_rating"),
    path("reviews/<uuid:pk>/check/", views_review.check_review, name="check_review"),
    path("reviews/<uuid:pk>/submit/", views_review.submit_review, name="submit_review"),
    # The talk
    path("reviews/<uuid:pk>/together/", views_together.show_together, name="show_together"),
    path("reviews/<uuid:pk>/together.pdf", views_review_files.export_together_pdf, name="export_together_pdf"),
    path("reviews/<uuid:pk>/agenda/", views_together.edit_agenda, name="edit_agenda"),
    path("reviews/<uuid:pk>/commitments/", views_together.edit_commitments, name="edit_commitments"),
    path("reviews/<uuid:pk>/sign/", views_together.sign_review, name="sign_review"),
]
