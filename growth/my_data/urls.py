"""A person's own data, under /account/."""

from django.urls import path

from growth.my_data import views as views_data

urlpatterns = [path("data/", views_data.show_my_data, name="show_my_data")]
