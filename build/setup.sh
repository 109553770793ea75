# Sourced by ./mhim, ./test and ./bench: what they need on the machine, and the build. Says what it does; does nothing twice.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
state="$root/.mhim"
mkdir -p "$state"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# libtorch asks for big blocks and gives them back at every step; handing each to the kernel means page faults for all of it again. Up to 32 MiB, the most that glibc
# takes here, they are kept; larger ones would leave holes that add up to gigabytes, so they come in huge pages instead, which make few faults.
export MALLOC_MMAP_THRESHOLD_="${MALLOC_MMAP_THRESHOLD_:-33554432}" MALLOC_TRIM_THRESHOLD_="${MALLOC_TRIM_THRESHOLD_:-4294967296}"
export GLIBC_TUNABLES="${GLIBC_TUNABLES:-glibc.malloc.hugetlb=1}"
# libtorch's idle threads wait in a loop for some milliseconds and take the cores from the kernels of our own; after that many turns they sleep.
export GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-3000}"

say() { printf 'mhim: %s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }

need_sdk() {
  command -v dotnet >/dev/null 2>&1 ||
    stop "the .NET 10 SDK is missing; install it from https://dotnet.microsoft.com/download/dotnet/10.0 and make sure that 'dotnet' is on the PATH."
  dotnet --list-sdks | grep -q '^10\.' ||
    stop "a .NET SDK is here, but not version 10 (found: $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' ')); install it from https://dotnet.microsoft.com/download/dotnet/10.0."
}

# need_packages WHAT-FOR PACKAGE...: installs with apt when root on Debian or Ubuntu, otherwise one sentence says what is missing.
need_packages() {
  local purpose=$1 package missing=()
  shift
  for package in "$@"; do
    dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    stop "$purpose: ${missing[*]} (Debian and Ubuntu names) is missing; install it with your package manager, for example 'sudo apt-get install ${missing[*]}'."
  fi
  say "installing ${missing[*]} with apt ($purpose) ..."
  if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$state/apt.log" 2>&1; then
    tail -n 20 "$state/apt.log" >&2
    stop "apt could not install ${missing[*]}; its last lines stand above, all of them in $state/apt.log."
  fi
}

# Chromium or Chrome, whichever is there; Ubuntu has no package of either, so there Chrome is installed by hand.
need_browser() {
  MHIM_CHROMIUM=${MHIM_CHROMIUM:-$(command -v chromium google-chrome-stable google-chrome | sed -n 1p)}
  if [ -n "$MHIM_CHROMIUM" ]; then export MHIM_CHROMIUM; else need_packages "the pages are tried in a real browser" chromium; fi
}

# has_library PATTERN: whether the loader knows such a library. All of the list is read: under pipefail a reader that leaves early makes ldconfig fail.
has_library() { PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null | grep -E "$1" >/dev/null; }

# libopenslide is there under either of its names (0: OpenSlide 3.4, 1: OpenSlide 4), from wherever it came.
need_openslide() {
  if has_library 'libopenslide\.so\.[01] '; then return 0; fi
  if command -v apt-cache >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then apt-get update -q >"$state/apt.log" 2>&1 || true; fi
  if apt-cache show libopenslide0 >/dev/null 2>&1 || ! apt-cache show libopenslide1 >/dev/null 2>&1
  then need_packages "reading slides needs OpenSlide" libopenslide0
  else need_packages "reading slides needs OpenSlide" libopenslide1
  fi
}

# The dashboard is built with Node.js 20.19 or later (not 21) and its npm, from wherever they came.
has_node() { command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; }
node_fits() { has_node && node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit((major === 20 && minor >= 19) || major >= 22 ? 0 : 1)'; }
node_here() { if has_node; then echo "Node.js $(node --version)"; else echo "none"; fi; }
need_node() {
  if node_fits; then return 0; fi
  has_node || need_packages "building the dashboard needs Node.js and npm" nodejs npm
  node_fits || stop "building the dashboard needs Node.js 20.19 or later (not 21) with npm; here is $(node_here). Install a newer one: https://nodejs.org/en/download."
}

# Where there is none, and the distribution has an older one: everything but the pages is built. Dashboard=false in the environment asks for that.
want_node() {
  if [ "${Dashboard:-}" = false ] || node_fits; then return 0; fi
  if ! has_node && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then (need_packages "building the dashboard needs Node.js and npm" nodejs npm) || true; fi
  if node_fits; then return 0; fi
  export Dashboard=false
  say "without the dashboard's pages, which are built with Node.js 20.19 or later (not 21) and npm (here: $(node_here)). Commands and REST are all there; for the pages install it (https://nodejs.org/en/download) and run this again."
}

# libturbojpeg halves the time to decode tiles; without it the decoder inside SkiaSharp does the same. Never stops.
want_turbojpeg() {
  if has_library 'libturbojpeg\.so\.0 '; then return 0; fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then return 0; fi
  if [ -e "$state/turbojpeg.tried" ]; then return 0; fi
  touch "$state/turbojpeg.tried"
  apt-get update -q >"$state/apt.log" 2>&1 || true
  local package # Debian's name, Ubuntu's name
  for package in libturbojpeg0 libturbojpeg; do
    if DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$package" >>"$state/apt.log" 2>&1; then return 0; fi
  done
}

# The stock tus client for the upload test, from npm by its lock file; without a registry that test says why it is skipped. Never stops.
want_tus_client() {
  local folder="$root/tests/EndToEnd/tus-client"
  if [ ! -d "$folder/node_modules/tus-js-client" ] || [ "$folder/package-lock.json" -nt "$folder/node_modules" ]; then
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund) >"$state/npm.log" 2>&1 || return 0
  fi
  export MHIM_TUS_CLIENT="$folder"
}

# The S3 server for the tests of the bucket, in the same way. Never stops.
want_s3_server() {
  local folder="$root/tests/Data/s3-server"
  if [ ! -d "$folder/node_modules/s3rver" ] || [ "$folder/package-lock.json" -nt "$folder/node_modules" ]; then
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund) >"$state/npm-s3.log" 2>&1 || return 0
  fi
  export MHIM_S3_SERVER="$folder"
}

# (schema.ts is made by the build of the dashboard.)
# build PROJECT NAME: Release build of a project, skipped when nothing that it is made of is newer than the last build.
build() {
  local project=$1 stamp="$state/built-$2" log="$state/build-$2.log"
  exec 9>"$state/build.lock"
  flock 9
  # Files only: building makes folders, and a folder then looks newer than the build. What was removed is seen by the list of names.
  local files=(find "$root"/src "$root"/build "$root"/Directory.* "$root"/global.json "${@:3}" \( -name bin -o -name obj -o -name node_modules -o -name schema.ts \) -prune -o -type f)
  made_of() { "${files[@]}" -print | sort; echo "Dashboard=${Dashboard:-}"; }
  if [ ! -e "$stamp" ] || [ -n "$("${files[@]}" -newer "$stamp" -print -quit)" ] || ! made_of | cmp -s - "$stamp"; then
    local began=$SECONDS
    say "building (first time: restores packages, a few minutes; log: ${log#"$root"/}) ..."
    made_of >"$stamp.next" # what changes while it builds is newer than this
    # Build servers outlive the build: they must not inherit a lock (8 is that of ./test).
    if ! dotnet build "$root/$project" -c Release --nologo -v quiet >"$log" 2>&1 8>&- 9>&-; then
      # A build that was killed, or never began, names no error: then its last lines.
      grep -E 'error|warn' "$log" | sort -u | sed -n 1,20p >&2 || tail -n 20 "$log" >&2
      stop "the build failed; the whole log is $log."
    fi
    mv "$stamp.next" "$stamp"
    say "built in $((SECONDS - began)) s."
  fi
  exec 9>&-
}
