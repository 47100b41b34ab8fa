"""The profile, under /account/."""

from django.urls import path

from ladder.profile import edit_profile

urlpatterns = [path("profile/", edit_profile, name="edit_profile")]
