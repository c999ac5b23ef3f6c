#!/usr/bin/env bash
# What CNCF Distribution 2.8 (Debian's docker-registry) looks at when an image index is pushed: that each digest is linked in the repository,
# as a manifest or as a layer, and nothing else. An index that names a layer is taken, so is an empty one, and sizes are not compared. BuildKit's
# registry cache (an index whose entries are layers and a cache config) relies on it; a reader that takes every entry of an index for a
# manifest fails on such an index, though the registry serves it and crane and oras copy it.
# Image specification 1.1, "image-index.md": the entries of `manifests` describe manifests.
# Seen with docker-registry 2.8.2+ds1-1: 400 while the repository lacks the digest, then 201 for a layer, for a wrong size, and for no entry at all.
set -euo pipefail
version=${1:-2.8.2+ds1-1}
work=$(mktemp -d)
trap 'kill "${registry:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq "docker-registry=$version" 2>/dev/null
dpkg-deb -x docker-registry_*.deb package
port=$((20000 + RANDOM % 20000))
base=http://127.0.0.1:$port/v2/a
cat > config.yml <<YML
version: 0.1
storage: { filesystem: { rootdirectory: $work/storage } }
http: { addr: 127.0.0.1:$port }
YML
package/usr/bin/docker-registry serve config.yml >registry.log 2>&1 &
registry=$!
for _ in $(seq 100); do curl -fs "http://127.0.0.1:$port/v2/" >/dev/null && break; sleep 0.1; done

type=application/vnd.oci.image.index.v1+json
layer=sha256:$(printf 'a layer' | sha256sum | cut -d' ' -f1)
index() { # MANIFESTS -> status of its PUT under a tag
    curl -s -o /dev/null -w '%{http_code}' -X PUT -H "Content-Type: $type" "$base/manifests/$1" \
        --data-binary "{\"schemaVersion\":2,\"mediaType\":\"$type\",\"manifests\":[$2]}"
}
entry() { echo "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"$layer\",\"size\":$1}"; }
seen="unknown $(index unknown "$(entry 7)")"
location=$(curl -s -o /dev/null -D - -X POST "$base/blobs/uploads/" | sed -n 's/^[Ll]ocation: //p' | tr -d '\r')
curl -fs -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' --data-binary 'a layer' "$location&digest=$layer"
seen="$seen, layer $(index layer "$(entry 7)"), wrong size $(index size "$(entry 123456)"), empty $(index empty '')"
echo "$seen"
[ "$seen" = "unknown 400, layer 201, wrong size 201, empty 201" ] || { echo "CHANGED"; exit 1; }
