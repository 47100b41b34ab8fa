"""Addresses that exist only in the local profile."""

from django.urls import path

from people.mail.local_views import list_local_mail

urlpatterns = [path("mail/", list_local_mail, name="list_local_mail")]
