"""`python -m config.probe` – exits 0 when the site on this machine is ready, else 1 with the reason. No Django."""

import http.client
import json
import os
import sys
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

# More than the pool waits for a connection: with less, the probe would report a timeout instead of the reason.
TIMEOUT_SECONDS = 8
# A server that listens on all addresses also answers on the loopback.
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  - compared with, not listened on


def address() -> str:
    """Where `manage.py serve`, started from the same environment, says whether it is ready: beside the workers if it
    has a HEALTH_PORT, as they may all be busy."""
    host = os.environ.get("LISTEN", "").strip().strip("[]")
    host = _EVERYWHERE.get(host, host)
    named = (os.environ.get(name, "").strip() for name in ("HEALTH_PORT", "PORT"))
    port = next((port for port in named if port not in {"", "0"}), "8000")
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/readyz"


def problem(url: str) -> str:
    """Why the site isn't ready; empty when it is."""
    # A proxy for outgoing traffic must not answer for our own process.
    opener = build_opener(ProxyHandler({}))
    # Only who sends the token hears why.
    token = os.environ.get("METRICS_TOKEN", "").strip()
    opener.addheaders = [("Authorization", f"Bearer {token}")] if token else []
    try:
        with opener.open(url, timeout=TIMEOUT_SECONDS) as response:
            return "" if response.status == 200 else f"answered {response.status}"
    except HTTPError as error:
        try:
            return str(json.load(error)["reason"])
        except (ValueError, KeyError, TypeError):
            return f"answered {error.code}"
    except (URLError, OSError, ValueError, http.client.HTTPException) as error:
        return f"did not answer: {getattr(error, 'reason', error)}"


def main() -> int:
    reason = problem(address())
    if reason:
        sys.stderr.write(f"not ready: {reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
