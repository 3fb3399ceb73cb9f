#!/usr/bin/env bash
# A batch of ten thousand bundles of all kinds of keys: processor time against the sum of their crypto floors, and the most memory at 1,000, 10,000 and 100,000.
# It takes GNU time for the memory. usage: benches/batch.sh
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build -q --release --locked --bin certflight
cargo build -q --release --locked -p certflight-benches --example fleet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
check=(target/release/certflight check --at 2026-06-01T00:00:00Z --batch)
for sharing in own shared; do
    target/release/examples/fleet lines 10000 "$sharing" >"$work/$sharing"
    floor=$(target/release/examples/fleet floor "$work/$sharing")
    TIMEFORMAT='%U %S %R'
    taken=$({ time "${check[@]}" "$work/$sharing" >"$work/answers"; } 2>&1)
    awk -v sharing="$sharing" -v floor="$floor" '{ printf "10000 bundles, CAs %s: floors %.2f s, processor time %.2f s, %.2f times; %.2f s on all cores\n", sharing, floor / 1e6, $1 + $2, ($1 + $2) * 1e6 / floor, $3 }' <<<"$taken"
    tail -1 "$work/answers" | grep -q '"passed":10000,'
done
head -1000 "$work/own" >"$work/1000"
mv "$work/own" "$work/10000"
for _ in 1 2 3 4 5 6 7 8 9 10; do cat "$work/10000"; done >"$work/100000"
for count in 1000 10000 100000; do
    command time -f "$count bundles: %M KiB at the most" "${check[@]}" "$work/$count" >/dev/null
done
