"""The error of all actions in this app that are refused for a reason."""


class PeopleError(Exception):
    """It can't be done; the message is a sentence to show to the person."""
