# Sourced by the programs beside it: one broker, Apogee or the real RocketMQ, in
# a scratch folder that goes when the program ends. Sets `scratch`, `nameserver`.
# APOGEE names another binary than the one of the release build.
# shellcheck shell=bash
interop=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
apogee=${APOGEE:-$interop/../../build/release/bin/apogee}
ready_timeout=60 # seconds

scratch=$(mktemp -d)
kind='' node='' nameserver='' broker=''

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# Whatever the program has started in the background ends with it.
end_broker() {
  local status=$? pid
  trap - EXIT
  [[ $kind != peer ]] || "$interop/peer" stop "$scratch/peer"
  [[ -z $node ]] || kill -TERM "$node" 2>/dev/null || true
  for pid in $(jobs -p); do
    [[ $pid == "$node" ]] || kill -KILL "$pid" 2>/dev/null || true
  done
  wait
  rm -rf "$scratch"
  exit "$status"
}
trap end_broker EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# launch_node NAMESERVER_PORT BROKER_PORT: waits until it serves.
launch_node() {
  local tries ready=''
  : >"$scratch/out"
  "$apogee" standalone --data "$scratch/data" --nameserver-port "$1" \
    --broker-port "$2" --native-port 0 >"$scratch/out" 2>>"$scratch/log" &
  node=$!
  for ((tries = 0; tries < 50 * ready_timeout; ++tries)); do
    ready=$(grep -m 1 '^ready ' "$scratch/out") && break
    kill -0 "$node" 2>/dev/null || break
    sleep 0.02
  done
  if [[ -z $ready ]]; then
    tail -n 50 "$scratch/log" >&2
    fail "the node did not become ready"
  fi
  read_ready "$ready"
}

# read_ready LINE: `ready nameserver=HOST:PORT broker=HOST:PORT native=...`
read_ready() {
  nameserver=$(sed -n 's/.* nameserver=\([^ ]*\).*/\1/p' <<<"$1")
  broker=$(sed -n 's/.* broker=\([^ ]*\).*/\1/p' <<<"$1")
  # shellcheck disable=SC2034
  native=$(sed -n 's/.* native=\([^ ]*\).*/\1/p' <<<"$1")
}

# start_broker apogee|peer
start_broker() {
  local ready
  kind=$1
  case $kind in
    apogee) launch_node 0 0 ;;
    peer)
      # On a busy machine it would refuse sends that wait for 200 ms. Of topics
      # that are created at the same time the nameserver may learn only when the
      # broker registers again, after 30 s.
      ready=$("$interop/peer" start "$scratch/peer" \
        waitTimeMillsInSendQueue=10000 registerNameServerPeriod=10000)
      read_ready "$ready" ;;
    *) fail "there is no broker of kind '$kind'" ;;
  esac
}

# kill_node SIGNAL
kill_node() {
  kill "-$1" "$node"
  wait "$node" 2>/dev/null || true
  node=''
}

# At the same addresses and on the same data; the real one's nameserver stays.
restart_broker() {
  if [[ $kind == peer ]]; then
    "$interop/peer" stop-broker "$scratch/peer"
    "$interop/peer" start-broker "$scratch/peer"
  else
    kill_node TERM
    launch_node "${nameserver##*:}" "${broker##*:}"
  fi
}

tell_log() {
  [[ $kind != apogee ]] || tail -n 50 "$scratch/log" >&2
}
