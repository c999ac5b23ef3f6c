# The registry that runs are measured against: docker-registry on loopback, its storage below $target.
# Sourced by perf/Load/run, which sets $work and $target and defines fail.

registry=

write_registry_config() {
    cat >"$work/registry.yml" <<CONFIG
version: 0.1
log: { level: error, accesslog: { disabled: $1 } }
storage:
  cache: { blobdescriptor: inmemory }
  filesystem: { rootdirectory: $target/storage }
http: { addr: "127.0.0.1:$port" }
CONFIG
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

# start_registry true|false: an empty one, without or with an access log. Leaves $port and $registry, its process.
start_registry() {
    local attempt wait
    for attempt in {1..20}; do
        port=$((20000 + RANDOM % 12000))
        if answers; then continue; fi
        rm -rf "$target/storage"
        mkdir "$target/storage"
        write_registry_config "$1"
        docker-registry serve "$work/registry.yml" >"$work/access.log" 2>"$work/registry.log" &
        registry=$!
        for wait in {1..200}; do
            if answers; then return; fi
            kill -0 "$registry" 2>/dev/null || break
            sleep 0.05
        done
        stop_registry
    done
    fail "docker-registry doesn't start: $(tail -n 3 "$work/registry.log")"
}

stop_registry() {
    [[ -n $registry ]] || return 0
    kill "$registry" 2>/dev/null || true
    wait "$registry" 2>/dev/null || true
    registry=
}

registry_cpu() { awk -v hertz="$(getconf CLK_TCK)" '{ printf "%.2f", ($14 + $15) / hertz }' "/proc/$registry/stat"; }
