# SPDX-License-Identifier: ISC
#
# Sums up one file's TAP.  In: -v label= status= took=, the log.  Out: a line
# that begins with ok or FAIL, reasons of skips, and if it failed the log, a
# long one without what passed.  Whatever says less than it planned to say has failed.

{ text[NR] = $0 }
/^Bail out!/ { bailed = $0 }
/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; planned++ }
/^(not )?ok( |$)/ {
	seen++
	if ($1 == "not")
		failed++
	else if (match($0, /# [Ss][Kk][Ii][Pp][^ ]* ?/)) {
		skipped++
		why = substr($0, RSTART + RLENGTH)
		gsub(/[()]/, "", why)
		reasons[why == "" ? "no reason given" : why]++
	} else
		passed++
}
END {
	if (bailed)
		say = bailed
	else if (planned != 1)
		say = "no plan: it ended on the way"
	else if (plan != seen)
		say = "planned " plan " tests, ran " seen + 0
	else if (plan == 0)
		say = "no tests"
	else if (status != 0 && !failed)
		say = "exit status " status
	if (status == 124 || status == 137)
		say = "ran out of time"
	if (say)
		failed++
	printf "%-4s %-24s %4d passed %3d failed %3d skipped %7s s\n",
	    failed ? "FAIL" : "ok", label, passed, failed, skipped, took
	for (r in reasons)
		print "     skipped " reasons[r] ": " r
	if (failed) {
		for (i = 1; i <= NR; i++)
			if (NR < 50 || text[i] !~ /^ok /)
				print "     | " text[i]
		if (say)
			print "     " label ": " say
	}
}
