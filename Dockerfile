# One image for API, worker and migrations. Which it is, the command says.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /build
COPY requirements.lock ./
RUN awk '/^uv==/ {own = 1; print; next} own && /^ / {print; next} own {exit}' requirements.lock > uv.lock \
    && python -m pip install --no-cache-dir --require-hashes --requirement uv.lock
# Pins and hashes come from the lock; which of them the service needs, from the project.
COPY pyproject.toml ./
RUN uv venv /opt/pdarts \
    && uv pip install --no-cache --python /opt/pdarts/bin/python \
        --require-hashes --constraint requirements.lock --requirement pyproject.toml \
        --extra s3 --extra otel
COPY README.md LICENSE ./
COPY api api
COPY cli cli
COPY migrations migrations
COPY pdarts_core pdarts_core
COPY store store
COPY worker worker
RUN uv pip install --no-cache --python /opt/pdarts/bin/python \
        --no-deps --build-constraint requirements.lock .

FROM ${PYTHON}
# Triton compiles what launches its kernels, when a search first runs on a GPU.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home pdarts \
    && install --directory --owner pdarts --group pdarts /var/lib/pdarts /data
COPY --from=build /opt/pdarts /opt/pdarts
ENV PATH=/opt/pdarts/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PDARTS_HOME=/var/lib/pdarts \
    PDARTS_DATA_DIR=/data \
    PDARTS_LOG_FORMAT=json
USER pdarts
VOLUME ["/var/lib/pdarts", "/data"]
EXPOSE 8000
CMD ["pdarts", "up"]
