# Runs as perf/Load/dir-forest notes them, as a table: median (least to most) of each figure, and the median of the rounds'
# ratios to the program called `base`.
# Columns: images, round, program, factor, wall s, CPU s, peak KB.
BEGIN { FS = "\t" }

{
    if (!($3 in runs)) program[++count] = $3
    n = ++runs[$3]
    value[$3, "wall", n] = $5
    value[$3, "cpu", n] = $6
    value[$3, "peak", n] = $7 / 1024
    wall[$2, $3] = $5
    round[$3, n] = $2
}

function cell(name, figure, format,    i, j, v, n, median) {
    n = runs[name]
    for (i = 1; i <= n; i++) {
        v = value[name, figure, i]
        for (j = i - 1; j > 0 && sorted[j] > v; j--) sorted[j + 1] = sorted[j]
        sorted[j + 1] = v
    }
    median = n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
    return sprintf(format " (" format " to " format ")", median, sorted[1], sorted[n])
}

END {
    print "| program | wall s | CPU s | peak MB | wall, times " base " |"
    print "|---|---|---|---|---|"
    for (p = 1; p <= count; p++) {
        name = program[p]
        for (i = 1; i <= runs[name]; i++) value[name, "ratio", i] = wall[round[name, i], name] / wall[round[name, i], base]
        printf "| %s | %s | %s | %s | %s |\n", name, cell(name, "wall", "%.2f"), cell(name, "cpu", "%.2f"),
            cell(name, "peak", "%.0f"), cell(name, "ratio", "%.3f")
    }
}
