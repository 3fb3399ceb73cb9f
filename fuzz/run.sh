#!/usr/bin/env bash
# Runs the fuzz targets, each for so many seconds, and prints a row of Markdown for each: fuzz/run.sh SECONDS [TARGET…]
# FUZZ_SEED=N takes the same way each time, as far as the time allows; without it every run takes another.
# It takes Rust (stable will do) and a C++ compiler. Ends with 1 if anything was found; what was found lies in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:?usage: fuzz/run.sh SECONDS [TARGET…]}
shift
targets=("$@")
[ "${#targets[@]}" -gt 0 ] || for file in fuzz_targets/*.rs; do targets+=("$(basename "$file" .rs)"); done

(cd .. && cargo run --locked -p certflight-harness --example seed >&2)

# As cargo-fuzz builds them, less the sanitizer: what is fuzzed is safe Rust, and without one it runs several times as often.
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 ${FUZZ_RUSTFLAGS:-}"
cargo build --release --locked --target "$host" >&2

found=0
printf '| target | seconds | executions | edges | features | inputs kept |\n|---|---|---|---|---|---|\n'
for target in "${targets[@]}"; do
    mkdir -p "artifacts/$target" "corpus/$target"
    log=artifacts/$target.log
    dictionary=dictionaries/$target
    [ -e "$dictionary" ] || dictionary=dictionaries/text
    status=0
    "target/$host/release/$target" "corpus/$target" "regressions/$target" -artifact_prefix="artifacts/$target/" -dict="$dictionary" \
        -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 -seed="${FUZZ_SEED:-0}" >"$log" 2>&1 || status=$?
    last=$(grep -E '^#[0-9]+.* cov: ' "$log" | tail -1 || true) # none where it ended before its first line
    field() { sed -n "s/.* $1: \([0-9]*\).*/\1/p" <<<"$last"; }
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    kept=$(sed -n 's/.* corp: \([0-9]*\).*/\1/p' <<<"$last")
    printf '| `%s` | %s | %s | %s | %s | %s |\n' "$target" "$seconds" "${runs:-?}" "$(field cov)" "$(field ft)" "$kept"
    if [ "$status" -ne 0 ]; then
        found=1
        printf '%s: found something, or could not run (exit %s):\n' "$target" "$status" >&2
        tail -40 "$log" >&2
    fi
done
exit "$found"
