#!/usr/bin/env bash
# The shell script way from a storage tree to skopeo's image folders: find the tags, grep the digests, ln each blob.
#   tree-to-folders.sh TREE OUTPUT [JOBS]     JOBS repositories at a time; 1 if not given
# As fast as a script of this kind gets: bash reads the links itself, one grep for each manifest, one ln for each blob
# (all blobs of a tree are called data, so that one ln can't take several).
set -euo pipefail

# link_manifest HEX FOLDER: the blobs of a manifest, or the manifests of an index and theirs.
link_manifest() {
    local source hex
    source=$tree/docker/registry/v2/blobs/sha256/${1:0:2}/$1/data
    while IFS= read -r hex; do
        if [[ -e $2/$hex || -e $2/$hex.manifest.json ]]; then continue; fi
        if [[ $3 = index ]]; then
            ln "$tree/docker/registry/v2/blobs/sha256/${hex:0:2}/$hex/data" "$2/$hex.manifest.json"
            link_manifest "$hex" "$2" image
        else
            ln "$tree/docker/registry/v2/blobs/sha256/${hex:0:2}/$hex/data" "$2/$hex"
        fi
    done < <(grep -oE '"digest": ?"sha256:[0-9a-f]{64}"' "$source" | grep -oE '[0-9a-f]{64}')
}

link_repository() {
    local repository=$1 link tag hex folder kind
    for link in "$tree/docker/registry/v2/repositories/$repository/_manifests/tags"/*/current/link; do
        tag=${link%/current/link} tag=${tag##*/}
        hex=$(<"$link") hex=${hex#sha256:}
        folder=$output/$repository:$tag
        mkdir -p "$folder"
        kind=image
        if grep -q '"manifests"' "$tree/docker/registry/v2/blobs/sha256/${hex:0:2}/$hex/data"; then kind=index; fi
        link_manifest "$hex" "$folder" "$kind"
        ln "$tree/docker/registry/v2/blobs/sha256/${hex:0:2}/$hex/data" "$folder/manifest.json"
        printf 'Directory Transport Version: 1.1\n' >"$folder/version"
    done
}

tree=$1 output=$2 jobs=${3:-1}
repositories=$tree/docker/registry/v2/repositories
export tree output
export -f link_repository link_manifest
find "$repositories" -type d -name _manifests -printf '%P\0' |
    xargs -0 -n 8 -P "$jobs" bash -c 'set -euo pipefail; for manifests; do link_repository "${manifests%/_manifests}"; done' _
