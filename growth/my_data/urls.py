"""A person's own data, under /account/."""

from django.urls import path

from growth.my_data import views

urlpatterns = [path("data/", views.show_my_data, name="show_my_data")]
