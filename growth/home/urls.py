"""The site's first page."""

from django.urls import path

from growth.home import views

urlpatterns = [path("", views.show_home, name="show_home")]
