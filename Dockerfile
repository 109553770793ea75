# MHIM as an image. Research use only.
#
#   docker build --target cpu -t mhim .
#   docker build --target cuda --build-arg TorchBackend=cuda -t mhim:cuda .
#
# ./bench image runs these very steps in a Debian 13 root without a Docker engine.
ARG TorchBackend=cpu

# .NET is no package of Debian: it comes out of Microsoft's images as the one folder that it is.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS sdk
FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS aspnet

FROM debian:13-slim AS build
ARG TorchBackend
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libstdc++6 nodejs npm \
 && rm -rf /var/lib/apt/lists/*
COPY --from=sdk /usr/share/dotnet /usr/share/dotnet
RUN ln -s /usr/share/dotnet/dotnet /usr/bin/dotnet
WORKDIR /source
COPY Directory.Build.props Directory.Build.targets Directory.Packages.props global.json ./
COPY build build
COPY src src
RUN --mount=type=cache,target=/root/.nuget/packages \
    dotnet publish src/Api/Mhim.Api.csproj -c Release -v quiet -p:TorchBackend=$TorchBackend -o /app \
 && find /app \( -name '*.pdb' -o -name '*.xml' -o -name 'onnxruntime*.dll' -o -name 'onnxruntime*.lib' \) -delete

FROM debian:13-slim AS runtime
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libgomp1 libopenslide0 libstdc++6 libturbojpeg0 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin mhim \
 && mkdir /data \
 && chown mhim:mhim /data
COPY --from=aspnet /usr/share/dotnet /usr/share/dotnet
RUN ln -s /usr/share/dotnet/dotnet /usr/bin/dotnet \
 && printf '#!/bin/sh\nexec dotnet /app/mhim.dll "$@"\n' > /usr/bin/mhim \
 && chmod 755 /usr/bin/mhim
# libtorch asks for big blocks at every step: glibc is to keep them.
ENV Mhim__Data=/data DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=4294967296 GLIBC_TUNABLES=glibc.malloc.hugetlb=1 GOMP_SPINCOUNT=3000
COPY --from=build /app /app
WORKDIR /data
USER mhim
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 CMD ["mhim", "health"]
ENTRYPOINT ["mhim"]
CMD ["serve", "--keys", "--urls", "http://0.0.0.0:8080", "--data", "/data"]

# The driver's libraries come from the host (NVIDIA Container Toolkit), CUDA's own with libtorch.
FROM runtime AS cuda
RUN test -e /app/libtorch_cuda.so || { echo 'The target cuda needs --build-arg TorchBackend=cuda.' >&2; exit 1; }
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility LD_LIBRARY_PATH=/app

FROM runtime AS cpu
