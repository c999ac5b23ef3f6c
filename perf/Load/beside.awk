# Runs as perf/Load/tree-to-tree notes them, as a table: median (least to most) of each figure, and the median of the rounds'
# ratios to the program that each is measured beside, so that a busy minute weighs on both sides of a ratio.
# Columns: images, round, program, beside, wall s, CPU s, peak KB.
BEGIN { FS = "\t" }

{
    if (!($3 in runs)) { programs[++count] = $3; beside[$3] = $4 }
    add($3, "wall", $5)
    add($3, "cpu", $6)
    add($3, "peak", $7 / 1024)
    wall[$2, $3] = $5
    round[$3, ++runs[$3]] = $2
}

function add(program, figure, value) { values[program, figure, ++counted[program, figure]] = value }

function cell(program, figure, format,    i, j, v, n, sorted, middle) {
    n = counted[program, figure]
    if (!n) return "-"
    for (i = 1; i <= n; i++) {
        v = values[program, figure, i]
        for (j = i - 1; j > 0 && sorted[j] > v; j--) sorted[j + 1] = sorted[j]
        sorted[j + 1] = v
    }
    middle = n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
    return sprintf(format " (" format " to " format ")", middle, sorted[1], sorted[n])
}

END {
    print "| program | wall s | CPU s | peak MB | wall, times what it is beside |"
    print "|---|---|---|---|---|"
    for (p = 1; p <= count; p++) {
        program = programs[p]
        # A round that was cut off may lack the other program.
        for (n = 1; n <= runs[program]; n++)
            if ((round[program, n], beside[program]) in wall)
                add(program, "ratio", wall[round[program, n], program] / wall[round[program, n], beside[program]])
        printf "| %s | %s | %s | %s | %s |\n", program, cell(program, "wall", "%.2f"), cell(program, "cpu", "%.2f"),
            cell(program, "peak", "%.0f"), program == beside[program] ? "1" : cell(program, "ratio", "%.2f") " of " beside[program]
    }
}
