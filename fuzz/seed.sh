#!/usr/bin/env bash
# Fills fuzz/corpus from the fixtures. What is there already stays, so what earlier runs found does too.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p corpus/{scan,repair,key,certificate,names,origin,chain,bundle,import,answer}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A file behind a byte that says what it is.
behind() { # the byte, file, name
    { printf "$1"; cat "$2"; } > "$3"
}

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
        cp "$folder$file.pem" "corpus/scan/$name.$file"
        behind '\000' "$folder$file.pem" "corpus/repair/$name.$file"
        case $file in
            key)
                behind '\001' "$folder$file.pem" "corpus/key/$name"
                blocks "$folder$file.pem" "$scratch/$name"
                for der in "$scratch/$name".*; do
                    [ ! -f "$der" ] || behind '\001' "$der" "corpus/key/$(basename "$der")"
                done
                ;;
            *) blocks "$folder$file.pem" "corpus/certificate/$name.$file" ;;
        esac
    done
    for file in "$folder"given-*; do
        [ ! -f "$file" ] || cp "$file" "corpus/scan/$name.$(basename "$file")"
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
        *) cp "$file" "corpus/scan/$name" && continue ;;
    esac
    behind "$kind" "$file" "corpus/import/$name"
done

# Plans are made of any bytes; the fuzzer finds the others from there.
for target in names chain; do
    for number in 1 2 3 4 5 6 7 8; do
        head -c 256 <(yes "$number plan of certificates and names") > "corpus/$target/$number"
    done
done
for body in '{"updated":true,"origin":"https://api.example.com","certId":"cert_1"}' '{"clientCerts":[{"origin":"https://a.example","id":"cert_1"},{"id":"b"}]}' \
    '{"origin":"https://api.example.com","certId":"cert_1"}' '{"error":{"code":"rate_limited","message":"later","limit":{"reset":1700000000}}}' \
    '{"err":{"code":"forbidden","message":"no"}}' 'Sun, 06 Nov 1994 08:49:47 GMT' '120'; do
    printf '\001%s' "$body" > "corpus/answer/$(printf '%s' "$body" | cksum | cut -d' ' -f1)"
done

for target in corpus/*; do
    count=$(find "$target" -type f | wc -l)
    printf '%s: %d files\n' "$target" "$count"
    [ "$count" -gt 0 ] || { echo "$target: there are no seeds"; exit 1; }
done
