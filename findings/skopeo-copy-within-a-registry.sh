#!/usr/bin/env bash
# skopeo copy from one repository of a registry into another one of the same registry downloads and uploads every blob, where a mount from the
# repository that it reads would do: it mounts only from where its cache of blob locations knows a blob, and notes a location there as it reads or
# writes the blob, after it has looked. The next copy of the same image, to a third repository, mounts the layer, and uploads the config once more.
# Distribution specification 1.1, "Mounting a blob from another repository". containers/image: docker/docker_image_dest.go (candidates for reuse come
# from the cache alone) and docker/docker_image_src.go (a location is recorded by the read).
# Seen with skopeo 1.9.3+ds1-1+b10 and docker-registry 2.8.2+ds1-1: layer and config uploaded and none mounted; then the config uploaded, the layer mounted.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${registry:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq docker-registry=2.8.2+ds1-1 'skopeo=1.9.3+ds1-1*' libgpgme11 libassuan0 libdevmapper1.02.1 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" package; done
export LD_LIBRARY_PATH=$work/package/usr/lib/$(uname -m)-linux-gnu:$work/package/lib/$(uname -m)-linux-gnu
# The cache goes where it would for an ordinary user, into this folder.
export _CONTAINERS_ROOTLESS_UID=65534 XDG_DATA_HOME=$work/data
port=$((20000 + RANDOM % 12000))
host=127.0.0.1:$port
cat > config.yml <<YML
version: 0.1
log: { accesslog: { disabled: false } }
storage: { filesystem: { rootdirectory: $work/storage } }
http: { addr: $host }
YML
package/usr/bin/docker-registry serve config.yml >>access.log 2>registry.log &
registry=$!
for _ in $(seq 100); do curl -fs "http://$host/v2/" >/dev/null && break; sleep 0.1; done

push() { # TEXT: the blob's digest
    local digest location
    digest=sha256:$(printf %s "$1" | sha256sum | cut -d' ' -f1)
    location=$(curl -s -o /dev/null -D - -X POST "http://$host/v2/dev/a/blobs/uploads/" | sed -n 's/^[Ll]ocation: //p' | tr -d '\r')
    curl -fs -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' --data-binary "$1" "$location&digest=$digest"
    echo "$digest"
}
layer=$(push 'a layer')
configuration='{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["'$layer'"]}}'
config=$(push "$configuration")
type=application/vnd.oci.image
curl -fs -o /dev/null -X PUT -H "Content-Type: $type.manifest.v1+json" "http://$host/v2/dev/a/manifests/1" --data-binary "{\"schemaVersion\":2,\"mediaType\":\"$type.manifest.v1+json\",
\"config\":{\"mediaType\":\"$type.config.v1+json\",\"digest\":\"$config\",\"size\":${#configuration}},
\"layers\":[{\"mediaType\":\"$type.layer.v1.tar\",\"digest\":\"$layer\",\"size\":7}]}"

copy() { # NAME -> what that took
    : >access.log
    package/usr/bin/skopeo --insecure-policy copy -q --preserve-digests --src-tls-verify=false --dest-tls-verify=false "docker://$host/dev/a:1" "docker://$host/$1:1"
    echo "$1: $(grep -c "PUT /v2/$1/blobs/uploads/" access.log || true) uploaded, $(grep -c "POST /v2/$1/blobs/uploads/?.*mount=.*\" 201" access.log || true) mounted"
}
seen="$(copy prod/a); $(copy stage/a)"
echo "$seen"
[ "$seen" = "prod/a: 2 uploaded, 0 mounted; stage/a: 1 uploaded, 1 mounted" ] || { cat access.log; echo "CHANGED"; exit 1; }
