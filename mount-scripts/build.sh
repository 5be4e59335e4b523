# Building from a checkout, told as it goes; sourced by vdfs, mount.sh and the scripts in tests/. What it says goes to stderr.
# shellcheck shell=bash

checkout=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
program=$checkout/src/VdFs.Cli/bin/Release/net10.0/publish/vdfs.dll
stamp=$checkout/src/VdFs.Cli/obj/vdfs-built

# Sets `dotnet`. Cron and units have a short PATH, so where Microsoft's script installs it is looked into as well.
find_dotnet() {
  local folder
  dotnet=$(command -v dotnet) && return
  for folder in "${DOTNET_ROOT-}" ~/.dotnet; do
    dotnet=$folder/dotnet
    [[ -n $folder && -x $dotnet ]] && return
  done
  echo "${0##*/}: dotnet is missing; install the .NET SDK 10.0 (https://dotnet.microsoft.com/download)." >&2
  exit 7
}

# The SDK. It aborts on a machine without libicu unless told that it isn't needed, and needs a home.
sdk() {
  env HOME="${HOME:-"$(echo ~)"}" DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 \
    DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1 "$dotnet" "$@"
}

# build_project PROJECT LOG: a line for each part as it is made; all messages if it fails.
build_project() {
  local line began=$SECONDS
  find_dotnet
  if ! sdk --list-sdks 2>/dev/null | grep -q '^10\.'; then
    echo "${0##*/}: $dotnet has no .NET SDK 10.0, which building needs; install it (https://dotnet.microsoft.com/download)." >&2
    exit 7
  fi
  if ! sdk build "$1" -c Release -v minimal -nologo -tl:off --disable-build-servers -p:RestoreLockedMode=true 2>&1 | tee -- "$2" | while IFS= read -r line; do
    case $line in
      *'Determining projects to restore'*) echo "  fetching packages that are missing ..." ;;
      *' -> '*.dll) line=${line%% -> *}; echo "  ${line##* } ($((SECONDS - began)) s)" ;;
    esac
  done >&2; then
    cat -- "$2" >&2
    echo "${0##*/}: the build of ${1#"$checkout/"} failed; its messages are above." >&2
    exit 1
  fi
}

# Whether no source of the command is newer than its last build.
up_to_date() {
  [[ -f $program && -f $stamp ]] || return 1
  local newer
  newer=$(find "$checkout"/src "$checkout"/Directory.*.props "$checkout"/Directory.*.targets "$checkout"/global.json \
    -type d \( -name bin -o -name obj \) -prune -o -newer "$stamp" -type f -print -quit)
  [[ -z $newer ]]
}

# Builds the command if a source is newer than its last build. Descriptors that were handed to the script stay as they are: bash takes a free one for the lock.
build_command() {
  local lock began=$SECONDS last
  up_to_date && return
  if ! { mkdir -p -- "${stamp%/*}" && exec {lock}>"$stamp.lock"; } 2>/dev/null; then
    if [[ -f $program ]]; then
      echo "${0##*/}: sources are newer than the last build, and this user may not build in $checkout; the last build runs." >&2
      return
    fi
    echo "${0##*/}: VdFs isn't built, and this user may not build in $checkout; build as its owner: mount-scripts/vdfs --version." >&2
    exit 6
  fi
  # Two at once would build into each other.
  if ! flock --nonblock "$lock"; then
    echo "Another process builds VdFs; waiting for it ..." >&2
    flock "$lock"
  fi
  if ! up_to_date; then
    last=$(cat -- "$stamp.seconds" 2>/dev/null || true)
    if [[ ! -f $program ]]; then
      echo "Building VdFs, which isn't built here yet: packages are fetched and all of it is compiled, in one to three minutes." >&2
    else
      echo "Building VdFs, since sources are newer than the last build${last:+, which took $last seconds}; VDFS_BUILD=never runs that one." >&2
    fi
    : >"$stamp.new"
    build_project "$checkout/src/VdFs.Cli/VdFs.Cli.csproj" "$stamp.log" {lock}>&-
    # The moment at which it began: sources that were changed meanwhile are newer.
    mv -- "$stamp.new" "$stamp"
    echo "$((SECONDS - began))" >"$stamp.seconds"
    echo "VdFs is built ($((SECONDS - began)) s)." >&2
  fi
  exec {lock}>&-
}
