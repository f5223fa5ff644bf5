# The image: builders of the IDE and of the program, and a Debian with the program and the authorities that TLS to an API
# trusts. It runs as nobody in particular, writes to /var/lib/doorward alone, and so on a root that is read only.
FROM node:22-bookworm-slim AS ide
WORKDIR /source
COPY web/ide web/ide
COPY src/console/assets src/console/assets
RUN npm ci --prefix web/ide --no-audit --no-fund && npm run --prefix web/ide build

FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
COPY --from=ide /source/web/ide/dist/packed web/ide/dist/packed
RUN cargo build --release --locked \
    && install -D --mode=0755 target/release/doorward /out/usr/bin/doorward \
    && install -d /out/usr/share/doc/doorward && tools/licences >/out/usr/share/doc/doorward/licences.txt

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && install --directory --owner=65532 --group=65532 --mode=0700 /var/lib/doorward
COPY --from=build /out/ /
USER 65532:65532
WORKDIR /var/lib/doorward
ENV DOORWARD_LISTEN=0.0.0.0:8080 DOORWARD_DATA_DIR=/var/lib/doorward
VOLUME /var/lib/doorward
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=10s --retries=3 CMD ["doorward", "healthcheck"]
ENTRYPOINT ["doorward"]
CMD ["serve"]
