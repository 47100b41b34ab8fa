from django.contrib.auth.views import LoginView
from django.urls import include, path

urlpatterns = [path("login/", LoginView.as_view(template_name="log_in.html")), path("", include("survey.urls"))]
