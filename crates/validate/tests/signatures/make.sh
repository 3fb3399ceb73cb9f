#!/usr/bin/env bash
# Makes the certificates of tests/signatures.rs: for each cell a leaf and the CA that signed it, in NAME.pem beside this script. Needs OpenSSL 3.0 or
# later. Dates are fixed; keys and signatures differ from run to run, and no key is kept.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -f ./*.pem

cat > "$work/ca.cnf" <<CONFIG
[ca]
default_ca = issuer
[issuer]
database = $work/index
serial = $work/serial
new_certs_dir = $work
policy = policy
unique_subject = no
[policy]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[client]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
CONFIG

sign() { # section, CSR, output, then flags of openssl ca
  : > "$work/index"
  echo 1001 > "$work/serial"
  openssl ca -config "$work/ca.cnf" -batch -notext -extensions "$1" -in "$2" -out "$3" \
    -startdate 20240101000000Z -enddate 20491231235959Z "${@:4}" 2> "$work/log" || { cat "$work/log"; exit 1; }
}

openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/leaf.key"
openssl req -new -key "$work/leaf.key" -subj /CN=client.example.com -config "$work/ca.cnf" -out "$work/leaf.csr"

certify() { # digest: the certificate of the CA whose key is there
  openssl req -new -key "$work/ca.key" -subj "/CN=Example CA" -config "$work/ca.cnf" -out "$work/ca.csr"
  sign authority "$work/ca.csr" "$work/ca.pem" -selfsign -keyfile "$work/ca.key" -md "$1"
}

ca() { # digest, then flags of openssl genpkey: makes the CA of the cells that follow
  openssl genpkey -quiet -out "$work/ca.key" "${@:2}"
  certify "$1"
}

cell() { # name, digest, then flags of openssl ca
  sign client "$work/leaf.csr" "$work/leaf.pem" -keyfile "$work/ca.key" -cert "$work/ca.pem" -md "$2" "${@:3}"
  cat "$work/leaf.pem" "$work/ca.pem" > "$1.pem"
}

pss=(-sigopt rsa_padding_mode:pss)
for bits in 1024 1536 2047 2048 3072 4096 8192; do
  ca sha256 -algorithm RSA -pkeyopt "rsa_keygen_bits:$bits"
  for hash in sha1 sha224 sha256 sha384 sha512; do cell "rsa$bits-$hash" "$hash"; done
  for hash in sha1 sha256 sha384 sha512; do
    # Two digests of SHA-512 do not fit into 1024 bits (RFC 8017 section 9.1.1).
    [ "$bits-$hash" = 1024-sha512 ] || cell "rsa$bits-pss-$hash" "$hash" "${pss[@]}" -sigopt rsa_pss_saltlen:digest
  done
  cell "rsa$bits-pss-salt20" sha256 "${pss[@]}" -sigopt rsa_pss_saltlen:20
  cell "rsa$bits-pss-mgf1-sha1" sha256 "${pss[@]}" -sigopt rsa_pss_saltlen:digest -sigopt rsa_mgf1_md:sha1
  [ "$bits" != 2048 ] || cell rsa2048-sha3-256 sha3-256
done
# Below and above what ring takes, and one bit more than whole bytes, where PSS encodes into one byte less (RFC 8017 section 8.1.1).
ca sha256 -algorithm RSA -pkeyopt rsa_keygen_bits:768
for hash in sha1 sha256; do cell "rsa768-$hash" "$hash"; done
ca sha256 -algorithm RSA -pkeyopt rsa_keygen_bits:8200
cell rsa8200-sha256 sha256
ca sha256 -algorithm RSA -pkeyopt rsa_keygen_bits:2049
cell rsa2049-sha256 sha256
cell rsa2049-pss-sha256 sha256 "${pss[@]}" -sigopt rsa_pss_saltlen:digest
for exponent in 3 4294967297 8589934591 8589934593 17179869185; do
  ca sha256 -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt "rsa_keygen_pubexp:$exponent"
  cell "rsa2048-e$exponent" sha256
done
ca sha256 -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048
cell rsapss2048-sha256 sha256 -sigopt rsa_pss_saltlen:digest
ca sha256 -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 \
  -pkeyopt rsa_pss_keygen_saltlen:32
cell rsapss2048-restricted-sha256 sha256 -sigopt rsa_pss_saltlen:digest
for curve in P-256 P-384 P-521; do
  ca sha256 -algorithm EC -pkeyopt "ec_paramgen_curve:$curve"
  for hash in sha1 sha224 sha256 sha384 sha512 sha3-256; do cell "${curve/P-/p}-$hash" "$hash"; done
done
for curve in P-256 P-384 P-521; do
  for form in compressed hybrid; do
    openssl genpkey -quiet -algorithm EC -pkeyopt "ec_paramgen_curve:$curve" -out "$work/uncompressed.key"
    openssl ec -in "$work/uncompressed.key" -conv_form "$form" -out "$work/ca.key" 2> "$work/log"
    certify sha256
    cell "${curve/P-/p}-$form-sha256" sha256
  done
done
for curve in P-192 P-224 secp256k1 brainpoolP256r1 brainpoolP256t1 brainpoolP384r1 brainpoolP512r1; do
  ca sha256 -algorithm EC -pkeyopt "ec_paramgen_curve:$curve"
  cell "$(tr '[:upper:]' '[:lower:]' <<< "${curve/P-/p}")-sha256" sha256
done
ca sha256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit
cell p256-explicit-sha256 sha256
for kind in ed25519 ed448; do
  ca null -algorithm "$kind"
  cell "$kind" null
done
openssl genpkey -quiet -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:2048 -pkeyopt dsa_paramgen_q_bits:256 -out "$work/dsa"
ca sha256 -paramfile "$work/dsa"
for hash in sha1 sha224 sha256 sha384 sha512; do cell "dsa2048-$hash" "$hash"; done
