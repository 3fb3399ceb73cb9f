# The commands of a working day. Each is one line that also works without just.

# What CI runs
ci:
    bash .ci/run

# All tests
test:
    cargo test --workspace --locked

# Format and lint
lint:
    cargo fmt --all
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Check a fixture: just check ok__p256-pkcs8
check name:
    cargo run --locked -- check --cert fixtures/data/{{name}}/cert.pem --key fixtures/data/{{name}}/key.pem --ca fixtures/data/{{name}}/ca.pem

# Benches
bench:
    cargo bench -p certflight-benches

# One fuzz target for a minute: just fuzz scan
fuzz target:
    fuzz/run.sh 60 {{target}}

# Make the fixtures anew (OpenSSL 3, keytool, NSS)
fixtures:
    fixtures/openssl.sh
    fixtures/containers.sh
    cargo run -p certflight-fixtures
