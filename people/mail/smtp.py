"""Mail servers whose certificates are signed by a company's own authority."""

import ssl

from django.core.mail.backends import smtp
from django.utils.functional import cached_property

from people.authorities import trusting


class EmailBackend(smtp.EmailBackend):
    """Django's, which trusts CA_FILE, too."""

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        return trusting()
