# Two stages: the first installs the packages and collects the static files, the second only runs.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PYTHON_DOWNLOADS=never \
    UV_PYTHON_PREFERENCE=only-system \
    UV_SYSTEM_CERTS=1 \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt
# A proxy that looks into TLS has an authority of its own: docker build --secret id=ca,src=company.pem. It stays in this
# stage.
RUN --mount=type=secret,id=ca \
    if [ -f /run/secrets/ca ]; then \
        cp /run/secrets/ca /usr/local/share/ca-certificates/company.crt && update-ca-certificates; \
    fi
RUN pip install --no-cache-dir --disable-pip-version-check "uv>=0.13,<1"
WORKDIR /app
# The packages first: they change less often than the code, and the layer is kept.
COPY pyproject.toml uv.lock .python-version ./
RUN uv sync --locked --no-dev
COPY . .
# Collecting needs settings, not secrets: this key is thrown away and reaches no process that serves.
RUN SECRET_KEY=$(.venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(64))') ALLOWED_HOSTS=localhost DATA_DIR=/tmp/build \
    .venv/bin/python manage.py collectstatic --noinput \
    && .venv/bin/python -m compileall -q config people ladder assessments growth

FROM python:${PYTHON}-slim
# Pango and fonts are what PDFs are made with: names and notes may be in any script. PostgreSQL's client programs are for
# backup and restore; Debian has 17, which fits servers up to that version.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 postgresql-client \
        fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --system --gid 10001 rungwise \
    && useradd --system --uid 10001 --gid rungwise --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin rungwise \
    && install --directory --owner=rungwise --group=rungwise --mode=0700 /data /backups
# Owned by root: a process that is taken over can't change the code it runs.
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PROFILE=production \
    DATA_DIR=/data \
    LISTEN=0.0.0.0 \
    PORT=8000 \
    HEALTH_PORT=8001
USER 10001:10001
VOLUME ["/data", "/backups"]
# The second port is for probes alone; publish it to nobody else.
EXPOSE 8000 8001
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 CMD ["python", "-m", "config.probe"]
CMD ["python", "manage.py", "serve"]
