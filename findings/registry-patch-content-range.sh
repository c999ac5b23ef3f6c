#!/usr/bin/env bash
# CNCF Distribution 2.8 (Debian's docker-registry) answers 202 to a PATCH whose Content-Range begins elsewhere than what it holds, and
# appends the body all the same. The distribution specification ("Pushing a blob in chunks") asks for 416. The mistake shows only at the
# closing PUT, as a wrong digest: so a client must take the offset to go on from out of the registry's own answer, and never assume it.
# Source: registry/handlers/blobupload.go of distribution 2.8, PatchBlobData, copies the body without a look at that header.
# Seen with docker-registry 2.8.2+ds1-1:
#   first PATCH  0-4   -> 202, Range 0-4
#   second PATCH 50-54 -> 202, Range 0-9
#   closing PUT with the digest of both bodies -> 201
set -euo pipefail
version=${1:-2.8.2+ds1-1}
work=$(mktemp -d)
trap 'kill "${registry:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq "docker-registry=$version" 2>/dev/null
dpkg-deb -x docker-registry_*.deb package
port=$((20000 + RANDOM % 20000))
cat > config.yml <<YML
version: 0.1
storage: { filesystem: { rootdirectory: $work/storage } }
http: { addr: 127.0.0.1:$port }
YML
package/usr/bin/docker-registry serve config.yml >registry.log 2>&1 &
registry=$!
for _ in $(seq 100); do curl -fs "http://127.0.0.1:$port/v2/" >/dev/null && break; sleep 0.1; done

patch() { # LOCATION RANGE BODY -> status, Location and Range in $work
    curl -s -o /dev/null -D head -w '%{http_code}' -X PATCH -H 'Content-Type: application/octet-stream' -H "Content-Range: $2" --data-binary "$3" "$1" > status
    location=$(sed -n 's/^[Ll]ocation: //p' head | tr -d '\r')
    echo "PATCH $2 -> $(cat status), Range $(sed -n 's/^[Rr]ange: //p' head | tr -d '\r')"
}
location=$(curl -s -o /dev/null -D - -X POST "http://127.0.0.1:$port/v2/a/blobs/uploads/" | sed -n 's/^[Ll]ocation: //p' | tr -d '\r')
seen=$(patch "$location" 0-4 hello; echo "$location" > next)
echo "$seen"
seen2=$(patch "$(cat next)" 50-54 world; echo "$location" > next)
echo "$seen2"
digest=sha256:$(printf helloworld | sha256sum | cut -d' ' -f1)
put=$(curl -s -o /dev/null -w '%{http_code}' -X PUT -H 'Content-Length: 0' "$(cat next)&digest=$digest")
echo "PUT $digest -> $put"
[ "$seen" = "PATCH 0-4 -> 202, Range 0-4" ] && [ "$seen2" = "PATCH 50-54 -> 202, Range 0-9" ] && [ "$put" = 201 ] || { echo "CHANGED"; exit 1; }
