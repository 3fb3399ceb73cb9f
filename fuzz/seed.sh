#!/usr/bin/env bash
# Fills fuzz/corpus from the fixtures. Needs openssl for the two targets that take DER.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p corpus/{pem,key,certificate,origin,bundle}
for folder in ../fixtures/data/*/; do
    name=$(basename "$folder")
    for file in cert key ca; do
        [ -f "$folder$file.pem" ] && cp "$folder$file.pem" "corpus/pem/$name.$file"
    done
    origin=$(sed -n 's/^origin = "\(.*\)"$/\1/p' "$folder/expect.toml")
    [ -n "$origin" ] && printf '%s' "$origin" > "corpus/origin/$name"
    {
        for file in cert key ca; do
            [ -f "$folder$file.pem" ] && cat "$folder$file.pem"
            printf '\n====\n'
        done
        printf '%s' "$origin"
    } > "corpus/bundle/$name"
    # What openssl does not read is no seed for these two.
    openssl pkey -in "${folder}key.pem" -passin pass: -outform DER -out "corpus/key/$name" 2>/dev/null || rm -f "corpus/key/$name"
    for file in cert ca; do
        openssl x509 -in "$folder$file.pem" -outform DER -out "corpus/certificate/$name.$file" 2>/dev/null || rm -f "corpus/certificate/$name.$file"
    done
done
for target in corpus/*; do printf '%s: %d seeds\n' "$target" "$(ls "$target" | wc -l)"; done
