# Sourced by the programs beside it: the client programs, built where that is
# needed and run by name. The members of mixed_group and mqadmin are built, too.
# shellcheck shell=bash
interop=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034
all_clients=(java java-4.9.8 go node)

version_of() {
  case $1 in
    java) echo 5.5.0 ;;
    java-*) echo "${1#java-}" ;;
  esac
}

# need KIND: the programs that a client of this kind is built and run with.
need() {
  local program
  local -A wanted=(
    [java]="mvn java" [go]=go [node]="node npm"
    [mixed_group]="mvn java go" [mqadmin]="mvn java"
  )
  for program in ${wanted[$1]}; do
    command -v "$program" >/dev/null || {
      echo "the $1 client needs $program, which bin/test installs" >&2
      exit 1
    }
  done
}

# build_client CLIENT: whoever comes while another builds waits for him.
build_client() {
  need "${1%%-*}"
  (
    cd "$interop/${1%%-*}"
    mkdir -p target
    exec 9>"target/lock"
    flock 9
    "build_${1%%-*}" "$(version_of "$1")"
  )
}

build_java() {
  local built=target/$1/built
  if [[ ! -e $built || -n $(find pom.xml src -newer "$built") ]]; then
    mvn -B -q -Dclient.version="$1" package dependency:copy-dependencies \
      -DoutputDirectory="$PWD/target/$1/lib"
    touch "$built"
  fi
}

build_go() {
  go build -o target/interop .
}

build_node() {
  if [[ ! -e node_modules/ali-ons || package-lock.json -nt node_modules/.package-lock.json ]]; then
    npm ci --silent --no-audit --no-fund
  fi
}

build_mixed_group() {
  if [[ ! -e target/built || -n $(find pom.xml src -newer target/built) ]]; then
    mvn -B -q package dependency:copy-dependencies \
      -DoutputDirectory="$PWD/target/lib"
    touch target/built
  fi
  go build -o target/mixed_group .
}

build_mqadmin() {
  "$interop/peer" fetch
}

# run_client CLIENT NAMESERVER [ARGUMENT...]: what the client logs goes below
# `scratch`.
run_client() {
  local client=$1 folder=$interop/${1%%-*}
  shift
  case $client in
    java*)
      folder+=/target/$(version_of "$client")
      exec java -Xmx512m -Duser.home="$scratch" -cp "$folder/classes:$folder/lib/*" \
        interop.Main "$@" ;;
    go) exec "$folder/target/interop" "$@" ;;
    node) exec node "$folder/main.js" "$@" ;;
  esac
}
