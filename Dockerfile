# syntax=docker/dockerfile:1
# Vestibule's services, distributed: Kafka and ClickHouse are elsewhere. Two targets: `services` for everything that needs no right,
# `capture` with one program more that may open packet sockets.
# Pin the base by digest where you build for production: --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:...
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /opt/vestibule
# What the capture addon compiles against.
RUN apt-get update && apt-get install -y --no-install-recommends g++ libpcap-dev make python3 && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
# The engine of the embedded ClickHouse takes 540 MB, and no service of this image uses it.
RUN rm -rf node_modules/chdb node_modules/@chdb

FROM ${NODE_IMAGE} AS services
WORKDIR /opt/vestibule
ENV NODE_ENV=production \
    VESTIBULE_DATA=/var/lib/vestibule \
    PATH=/opt/vestibule/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
RUN groupadd --system --gid 10001 vestibule \
 && useradd --system --uid 10001 --gid vestibule --home-dir /var/lib/vestibule --shell /usr/sbin/nologin vestibule \
 && install -d -o vestibule -g vestibule -m 0750 /var/lib/vestibule
COPY --from=packages /opt/vestibule/node_modules node_modules
COPY package.json ./
COPY bin bin
COPY schemas schemas
COPY lib lib
COPY protocols protocols
COPY behaviour behaviour
COPY models models
COPY producers producers
COPY processors processors
COPY sinks sinks
COPY routing-api routing-api
COPY gates gates
COPY io io
COPY cli cli
COPY corpus/demo corpus/demo
# What Node compiles is kept beside the program; made here, for nobody may write there later.
RUN node cli/main.ts serve --help >/dev/null
USER 10001:10001
VOLUME /var/lib/vestibule
# 8787 the routing API, 9100 /metrics where VESTIBULE_METRICS_PORT says so.
EXPOSE 8787 9100
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "/opt/vestibule/cli/main.ts"]
CMD ["--help"]

# The capability is on a copy of Node that only this target has, and works only in a container that is given it: cap_add: [NET_RAW].
FROM services AS capture
USER root
RUN apt-get update && apt-get install -y --no-install-recommends libcap2-bin libpcap0.8 \
 && cp /usr/local/bin/node /usr/local/bin/node-capture \
 && setcap cap_net_raw=ep /usr/local/bin/node-capture \
 && apt-get purge -y libcap2-bin && rm -rf /var/lib/apt/lists/*
USER 10001:10001
ENTRYPOINT ["node-capture", "--disable-warning=ExperimentalWarning", "/opt/vestibule/cli/main.ts"]
CMD ["capture", "--help"]
