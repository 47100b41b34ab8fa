class PeopleError(Exception):
    """It can't be done; the message is a sentence for the person."""
