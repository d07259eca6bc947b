# SPDX-License-Identifier: Apache-2.0
# The plots of docs/performance.md out of the .dat files beside them:
#     gnuplot -e "folder='docs/performance'; versions='2.0.11 2.0.21 2.1.2'" tests/bench/plots.gp
# Colours are those of Okabe and Ito, which can be told apart by the colour-blind, and each line has a mark of its own.
# The ground is white: readable where the page is dark, too.

black = "#000000"; orange = "#D55E00"; yellow = "#E69F00"; blue = "#0072B2"; green = "#009E73"; pink = "#CC79A7"
set style line 1 lc rgb black  lw 2   dt 2 pt 1 ps 0.9
set style line 2 lc rgb orange lw 2   pt 5 ps 0.9
set style line 3 lc rgb yellow lw 2   pt 9 ps 1.1
set style line 4 lc rgb blue   lw 2.5 pt 7 ps 0.9
set style line 5 lc rgb green  lw 2.5 pt 13 ps 1.2
set style line 6 lc rgb pink   lw 2   pt 11 ps 1.1
set border 3 lc rgb "#555555"
set grid y lc rgb "#dddddd"
set tics nomirror textcolor rgb black
set key bottom left Left reverse samplen 2
set logscale xy

columns = words(versions)
kinds = "acl_file dynsec acl suite"
name(kind) = kind eq "acl_file" ? "acl_file" : kind eq "dynsec" ? "dynamic-security" : \
             kind eq "acl" ? "bednet\\_acl.so alone" : "the whole suite of Bednet"
escaped(kind) = kind eq "acl_file" ? "acl\\_file" : name(kind)
file(what) = folder."/".what.".dat"
# The lines of a file that are about one version and one kind.
only(what, version, kind) = sprintf("< awk '$1 == \"%s\" && $2 == \"%s\"' %s", version, kind, file(what))

set terminal svg size (columns == 1 ? 720 : 320*columns+40),400 font "DejaVu Sans,12" background "#ffffff"
set output folder."/rates.svg"
set multiplot layout 1,columns title "Messages a second, one publisher to one subscriber, QoS 0 (higher is better)"
set xrange [7:15000]
set xtics ("10" 10, "1,000" 1000, "10,000" 10000)
set yrange [100:200000]
set ytics ("100" 100, "1,000" 1000, "10,000" 10000, "100,000" 100000)
set xlabel "rules"
do for [i=1:columns] {
    version = word(versions, i)
    set title "Mosquitto ".version
    set ylabel (i == 1 ? "messages a second" : "")
    stats only("rates", version, "bare") using 4 nooutput
    plot STATS_max with lines ls 1 title "no access control", \
         for [k=1:4] only("rates", version, word(kinds, k)) using 3:4 with linespoints ls k+1 title escaped(word(kinds, k))
}
unset multiplot

set output folder."/latency.svg"
set multiplot layout 1,columns title "How late messages come at 500 a second, 10,000 rules (lower is better)"
unset logscale x
set xrange [0.7:4.3]
set xtics ("p50" 1, "p90" 2, "p99" 3, "p99.9" 4)
set yrange [50:1000000]
set ytics ("0.1" 100, "1" 1000, "10" 10000, "100" 100000)
set xlabel "so many of all messages came within"
set key top left
# Four columns of one line become four points.
points(version, kind) = sprintf("< awk '$1 == \"%s\" && $2 == \"%s\" { for (i = 4; i <= 7; i++) print i - 3, $i }' %s", \
                                version, kind, file("latency"))
do for [i=1:columns] {
    version = word(versions, i)
    set title "Mosquitto ".version
    set ylabel (i == 1 ? "milliseconds" : "")
    plot points(version, "bare") using 1:2 with linespoints ls 1 title "no access control", \
         for [k=1:4] points(version, word(kinds, k)) using 1:2 with linespoints ls k+1 title escaped(word(kinds, k))
}
unset multiplot

set terminal svg size 720,430 font "DejaVu Sans,12" background "#ffffff"
set output folder."/checks.svg"
set logscale x
set title "One decision about a topic (lower is better)"
set xrange [7:150000]
set xtics ("10" 10, "100" 100, "1,000" 1000, "10,000" 10000, "100,000" 100000)
set yrange [100:10000000]
set ytics ("100" 100, "1,000" 1000, "10,000" 10000, "100,000" 100000, "1,000,000" 1000000, "10,000,000" 10000000)
set xlabel "rules"
set ylabel "instructions"
set key top left
plot only("builtin", "acl_file", "check") using 3:4 with linespoints ls 2 title "acl\\_file", \
     only("builtin", "dynsec", "check") using 3:4 with linespoints ls 3 title "dynamic-security", \
     file("checks") using 1:4 with linespoints ls 6 title "bednet\\_acl.so: templates, two roles, a denial", \
     file("checks") using 1:2 with linespoints ls 4 title "bednet\\_acl.so: the rules of the other two", \
     file("checks") using 1:3 with linespoints ls 5 title "bednet\\_acl.so: asked before"
