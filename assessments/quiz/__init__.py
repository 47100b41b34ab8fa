"""The quiz: starting it, answering, checking, submitting."""
