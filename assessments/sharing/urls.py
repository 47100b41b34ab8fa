"""Giving copies and secret links, and taking them back."""

from django.urls import path

from assessments.sharing import views, views_links

urlpatterns = [
    # Copies
    path("reports/<uuid:pk>/share/", views.share_report, name="share_report"),
    path("copies/<uuid:pk>/", views.show_copy, name="show_copy"),
    path("copies/<uuid:pk>/withdraw/", views.withdraw_copy, name="withdraw_copy"),
    path("copies/<uuid:pk>/ask/", views.ask_to_read, name="ask_to_read"),
    path("copies/questions/<uuid:pk>/", views.answer_question, name="answer_question"),
    # Secret links
    path("reports/<uuid:pk>/links/", views_links.create_report_link, name="create_report_link"),
    path("links/<uuid:pk>/revoke/", views_links.revoke_report_link, name="revoke_report_link"),
    path("shared/<str:token>/", views_links.show_shared_report, name="show_shared_report"),
]
