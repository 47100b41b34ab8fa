"""From the gap to the next step, and the proof."""

from django.urls import path

from growth import views_plan

urlpatterns = [
    # The plan
    path("plan/", views_plan.list_plan, name="list_plan"),
    path("plan/<uuid:pk>/state/", views_plan.set_plan_state, name="set_plan_state"),
]
