#!/usr/bin/env bash
# Whole processes, in turns: certflight against a Rust program that does nothing, against its crypto floor, and against the usual openssl commands. Microseconds of processor time.
# usage: benches/process.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-300}
cargo build -q --release --locked --bin certflight
cargo build -q --release --locked -p certflight-benches --examples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo 'fn main() {}' >"$work/empty.rs"
rustc -C opt-level=3 -C strip=symbols -o "$work/built" "$work/empty.rs"

bundle=fixtures/data/ok__p256-pkcs8
paired=target/release/examples/paired
process=$work/process
# Copies, as an installed command is one: what a linker has just written takes up to a fifth longer to start.
cp "$work/built" "$work/empty"
cp target/release/certflight target/release/examples/process "$work"
check=("$work/certflight" check --cert "$bundle/cert.pem" --key "$bundle/key.pem" --ca "$bundle/ca.pem" --origin https://api.example.com)

echo "# microseconds, ratio to the first, command"
"$paired" "$rounds" "$work/empty" -- "$process" read -- "$process" floor -- "$work/certflight" --version -- "${check[@]}" | tee "$work/first"
awk 'NR == 1 { empty = $1 } NR == 2 { read_ = $1 } NR == 3 { floor = $1 - read_ } NR == 5 {
    printf "floor of a process: %d; check less that: %d, %.2f times the program that does nothing\n", floor, $1 - floor, ($1 - floor) / empty }' "$work/first"

# The default store is empty, so that only the bundle is looked at.
export SSL_CERT_FILE=/dev/null SSL_CERT_DIR="$work"
"$paired" "$rounds" "${check[@]}" \
    -- openssl verify -x509_strict -purpose sslclient -CAfile "$bundle/ca.pem" -untrusted "$bundle/cert.pem" "$bundle/cert.pem" \
    -- openssl x509 -in "$bundle/cert.pem" -noout -pubkey \
    -- openssl pkey -in "$bundle/key.pem" -pubout \
    -- openssl x509 -in "$bundle/cert.pem" -noout -checkend 0 | tee "$work/second"
awk 'NR == 1 { check = $1 } NR > 1 { sum += $1 } END { printf "openssl, four commands: %d, %.1f times check\n", sum, sum / check }' "$work/second"
stat -c 'binary: %s bytes' target/release/certflight
