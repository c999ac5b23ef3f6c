# A registry's access log, one row of counts. -v program=NAME -v scale=FACTOR
{
    split($0, quoted, "\"")
    split(quoted[2], request, " ")
    method = request[1]
    path = request[2]
    if (path !~ /^\/v2\//) next
    if (method == "POST" && path ~ /[?&]mount=/) mount++
    else if (method == "POST") start++
    else if (path ~ /\/blobs\/uploads\// && (method == "PUT" || method == "PATCH")) upload++
    else if (method == "PUT") manifest++
    else if (method == "HEAD") head++
    else other++
    all++
}
END {
    printf "| %s | %d | %d | %d | %d | %d | %d | %d |\n", program,
        start * scale, upload * scale, mount * scale, manifest * scale, head * scale, other * scale, all * scale
}
