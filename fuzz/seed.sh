#!/usr/bin/env bash
# Fills fuzz/corpus from the fixtures. What is there already stays, so what earlier runs found does too.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p corpus/{pem,key,certificate,origin,bundle,import}

# The content of each PEM block of a file, as $2.1, $2.2 and so on; what is no base64 is no seed.
blocks() { # PEM file, beginning of the names
    local count=0 body
    while read -r body; do
        count=$((count + 1))
        printf '%s' "$body" | base64 -d > "$2.$count" 2>/dev/null || rm "$2.$count"
    done < <(tr '\r' '\n' < "$1" | awk '/^-----BEGIN /{body = ""; next} /^-----END /{print body; next} !/:/{body = body $1}')
}

for folder in ../fixtures/data/*/; do
    name=$(basename "$folder")
    for file in cert key ca; do
        [ -f "$folder$file.pem" ] || continue
        cp "$folder$file.pem" "corpus/pem/$name.$file"
        case $file in
            key) cp "$folder$file.pem" "corpus/key/$name" && blocks "$folder$file.pem" "corpus/key/$name" ;;
            *) blocks "$folder$file.pem" "corpus/certificate/$name.$file" ;;
        esac
    done
    for file in "$folder"given-*; do
        [ -f "$file" ] && cp "$file" "corpus/pem/$name.$(basename "$file")"
    done
    origin=$(sed -n 's/^origin = "\(.*\)"$/\1/p' "$folder/expect.toml")
    [ -z "$origin" ] || printf '%s' "$origin" > "corpus/origin/$name"
    {
        for file in cert key ca; do
            [ ! -f "$folder$file.pem" ] || cat "$folder$file.pem"
            printf '\n====\n'
        done
        printf '%s' "$origin"
    } > "corpus/bundle/$name"
done

# The kind stands in the first byte.
for file in ../fixtures/containers/*.*; do
    name=$(basename "$file")
    case $name in
        *.p12) kind='\000' ;;
        *-der.p7b | *-ber.p7b) kind='\001' ;;
        *.jks | *.jceks) kind='\002' ;;
        *-der.key) kind='\003' ;;
        *) cp "$file" "corpus/pem/$name" && continue ;;
    esac
    { printf "$kind"; cat "$file"; } > "corpus/import/$name"
done

for target in corpus/*; do
    count=$(find "$target" -type f | wc -l)
    printf '%s: %d files\n' "$target" "$count"
    [ "$count" -gt 0 ] || { echo "$target: there are no seeds"; exit 1; }
done
