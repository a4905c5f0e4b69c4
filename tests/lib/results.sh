# SPDX-License-Identifier: MIT
# How suites report.  Each result is a line "pass|fail|skip SUITE NAME" in the
# file $RESULTS; failures and skips are shown at once, with their reason.

result() # pass|fail|skip SUITE NAME [REASON]
{
	printf '%s %s %s\n' "$1" "$2" "$3" >>"$RESULTS"
	case $1 in
	fail) printf 'FAILED  %s %s%s\n' "$2" "$3" "${4:+: $4}" ;;
	skip) printf 'skipped %s %s%s\n' "$2" "$3" "${4:+: $4}" ;;
	esac
}

# summary: the one line everything ends with; fails if anything failed.
summary()
{
	local passed failed skipped

	passed=$(grep -c '^pass ' "$RESULTS" || true)
	failed=$(grep -c '^fail ' "$RESULTS" || true)
	skipped=$(grep -c '^skip ' "$RESULTS" || true)
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
