# Camwall's server in a container. docs/operations.md tells how to run it.
FROM debian:12 AS build
WORKDIR /src
COPY . .
RUN build/docker.sh build /out

FROM debian:12-slim
COPY --from=build /out /
RUN /usr/share/camwall-server/docker.sh run
USER camwall
# A container's own loopback reaches nobody: who sees the cameras is decided by where its
# port is published, e.g. -p 127.0.0.1:8000:8000.
ENV CAMWALL_DATA=/var/lib/camwall CAMWALL_LISTEN=0.0.0.0:8000 CAMWALL_OPEN=true
VOLUME /var/lib/camwall
EXPOSE 8000
ENTRYPOINT ["/usr/bin/camwall-server"]
CMD ["serve"]
