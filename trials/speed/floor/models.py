from django.conf import settings
from django.db import models


class Team(models.Model):
    slug = models.SlugField(unique=True)
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)


class Member(models.Model):
    team = models.ForeignKey(Team, models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)


class Assessment(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    held = models.SlugField()
    target = models.SlugField()
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-submitted_at"], name="latest")]


class Rating(models.Model):
    assessment = models.ForeignKey(Assessment, models.CASCADE)
    competency = models.SlugField()
    step = models.SmallIntegerField(null=True)
    evidence = models.TextField(blank=True)
    revision = models.IntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint("assessment", "competency", name="one_answer")]
