#!/usr/bin/env bash
# Runs the example programs against a node: run_examples.sh BIN_FOLDER
set -euo pipefail
bin=$1
scratch=$(mktemp -d)
node=''
clean_up() {
  local status=$?
  trap - EXIT
  if [[ -n $node ]]; then
    kill -TERM "$node" 2>/dev/null || true
    wait "$node" || true
  fi
  rm -rf "$scratch"
  exit "$status"
}
trap clean_up EXIT

"$bin/apogee" standalone --data "$scratch/data" --nameserver-port 0 \
  --broker-port 0 >"$scratch/node.out" 2>"$scratch/node.err" &
node=$!
for ((i = 0; i < 600; i++)); do
  grep -q '^ready ' "$scratch/node.out" && break
  sleep 0.1
done
native=$(sed -n 's/^ready .* native=\([^ ]*\).*/\1/p' "$scratch/node.out")
[[ -n $native ]] || { cat "$scratch/node.err" >&2; exit 1; }

"$bin/apogee" topic create lines --queues 4 --nameserver "$native"
"$bin/apogee" topic create orders --queues 4 --nameserver "$native"

head -n 5000 /var/lib/dpkg/status | grep . >"$scratch/sent"
lines=$(wc -l <"$scratch/sent")
timeout 60 "$bin/example_producer" lines "$native" <"$scratch/sent"
timeout 60 "$bin/example_consumer" lines readers "$native" "$lines" \
  >"$scratch/received"
# Several queues are read side by side: the lines come in another order.
cmp <(sort "$scratch/sent") <(sort "$scratch/received")

timeout 60 "$bin/example_ordered_consumer" orders "$native"
timeout 60 "$bin/example_embedding" "$scratch/embedded"
