# docker build -t gameserver . && docker run --rm --init -p 8080:8080 gameserver

ARG PYTHON=3.13

# The first stage builds the wheel and installs it, with exactly the locked dependencies, into a virtual environment.
FROM python:${PYTHON}-slim AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore

# Dependencies first: they change less often than the code, so this layer is mostly reused. Only wheels are taken, since
# there is no compiler here and need not be one.
COPY requirements/ requirements/
RUN python -m venv /build \
 && /build/bin/python -m pip install --require-hashes --only-binary :all: -r requirements/build.lock \
 && python -m venv --without-pip /opt/gameserver \
 && /build/bin/python -m pip --python /opt/gameserver/bin/python install \
      --require-hashes --only-binary :all: -r requirements/run.lock

COPY pyproject.toml README.md LICENSE ./
COPY gameserver/ gameserver/
COPY clients/ clients/
RUN /build/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
 && /build/bin/python -m pip --python /opt/gameserver/bin/python install --no-deps --no-index /dist/*.whl

# The second stage takes the finished environment alone: neither build tools nor sources.
FROM python:${PYTHON}-slim
COPY --from=build /opt/gameserver /opt/gameserver
# Output at once, since container logs are pipes; and no .pyc files, since the user below may not write any.
ENV PATH=/opt/gameserver/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin gameserver
# By number, so that an orchestrator can see that it isn't root.
USER 10001
WORKDIR /
EXPOSE 8080

# Python asks itself: the image has no curl. http.client, unlike urllib, takes no detour through a proxy.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8080, timeout=2); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]

# The exec form: the server itself gets SIGTERM, tells its players, and stops. 0.0.0.0 is the container's own network.
STOPSIGNAL SIGTERM
CMD ["gameserver", "serve", "--host", "0.0.0.0", "--port", "8080"]
