"""The plan: what to do next, in a calendar and by mail."""

from django.urls import path

from growth.plan import views, views_calendar, views_digest

urlpatterns = [
    path("plan/", views.list_plan, name="list_plan"),
    path("plan/add/", views.create_plan_item, name="create_plan_item"),
    path("plan/pick/<uuid:pk>/", views.pick_plan_items, name="pick_plan_items"),
    path("plan/<uuid:pk>/edit/", views.edit_plan_item, name="edit_plan_item"),
    path("plan/<uuid:pk>/delete/", views.delete_plan_item, name="delete_plan_item"),
    path("plan/<uuid:pk>/state/", views.set_plan_state, name="set_plan_state"),
    path("plan/<uuid:pk>/move/", views.move_plan_item, name="move_plan_item"),
    path("plan/<uuid:pk>/done/", views.finish_plan_item, name="finish_plan_item"),
    # Calendar
    path("plan/calendar/", views_calendar.show_calendar, name="show_calendar"),
    path("plan/calendar/revoke/", views_calendar.revoke_calendar, name="revoke_calendar"),
    path("plan/calendar/<str:token>.ics", views_calendar.fetch_calendar, name="fetch_calendar"),
    # Mail
    path("plan/digest/", views_digest.set_digest, name="set_digest"),
    path("plan/digest/stop/<str:token>/", views_digest.stop_digest, name="stop_digest"),
]
