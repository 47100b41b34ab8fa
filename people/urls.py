"""Addresses about people; the account pages themselves are allauth's, the profile is the assessments app's."""

from django.urls import path
from django.views.generic import RedirectView

urlpatterns = [
    path("account/", RedirectView.as_view(pattern_name="edit_profile"), name="show_account"),
]
