# Runs as perf/Load/run notes them, as a table: median (least to most) of each figure, and the median of the rounds'
# ratios to the floor, so that a busy minute weighs on both sides of a ratio.
# Columns: images, round, program, factor, wall s, CPU s, peak KB, registry's CPU s.
BEGIN { FS = "\t" }

{
    key = $1 SUBSEP $3
    if (!(key in runs)) { rows[++row_count] = key; images[key] = $1; program[key] = $3 }
    n = ++runs[key]
    values[key, "wall", n] = $5 * $4
    values[key, "cpu", n] = $6 * $4
    values[key, "peak", n] = $7 / 1024
    values[key, "registry", n] = $8 * $4
    wall[$1, $2, $3] = $5 * $4
    round[key, n] = $2
}

# Sorts the values of a figure into `sorted`.
function sort_figure(key, figure,    i, j, v) {
    for (i = 1; i <= runs[key]; i++) {
        v = values[key, figure, i]
        for (j = i - 1; j > 0 && sorted[j] > v; j--) sorted[j + 1] = sorted[j]
        sorted[j + 1] = v
    }
}

function median(n) {
    return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

function cell(key, figure, format,    n) {
    sort_figure(key, figure)
    n = runs[key]
    return sprintf(format " (" format " to " format ")", median(n), sorted[1], sorted[n])
}

function ratio(key,    i, floor_wall) {
    for (i = 1; i <= runs[key]; i++) {
        floor_wall = wall[images[key], round[key, i], "floor"]
        if (!floor_wall) return "-"
        values[key, "ratio", i] = wall[images[key], round[key, i], program[key]] / floor_wall
    }
    return cell(key, "ratio", "%.2f")
}

END {
    print "| images | program | wall s | CPU s | peak MB | registry's CPU s | wall, times the floor |"
    print "|---|---|---|---|---|---|---|"
    for (r = 1; r <= row_count; r++) {
        key = rows[r]
        printf "| %s | %s | %s | %s | %s | %s | %s |\n", images[key], program[key], cell(key, "wall", "%.2f"),
            cell(key, "cpu", "%.2f"), cell(key, "peak", "%.0f"), cell(key, "registry", "%.1f"), ratio(key)
    }
}
