#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Times that lines leave open: RFC 3164 has no year (the nearest to when the
# file was written), most application logs no zone (the one that is given for
# the file), and an hour in autumn comes twice (in order of arrival, and the
# events say so).  An offset in the line always wins.  One incident over three
# hosts in three zones is in order.

. "$(dirname "$0")/lib.sh"
times() # [QUERY-OPTION]...
{
	"$RECOUNT" --db recount.db events -o json "$@" 2>/dev/null |
	    jq -r '"\(.timestamp) \(.raw)"' | sort
}
import() # ZONE FILE
{
	"$RECOUNT" --db recount.db import --source-timezone="$1" \
	    --source-host="${2%.log}" "$2" >said 2>&1 || fail "$(cat said)"
}
# Written over New Year, read when the file is from January.
printf '%s\n' 'Dec 31 23:59:59 a app: old' 'Jan  1 00:00:01 a app: new' \
    >year.log
touch -d '2026-01-02 12:00 UTC' year.log
import UTC year.log
diff <(times) - <<'END' || fail "the year"
2025-12-31T23:59:59.000Z Dec 31 23:59:59 a app: old
2026-01-01T00:00:01.000Z Jan  1 00:00:01 a app: new
END

rm recount.db
echo '2026-03-04 14:00:02 INFO app: second' >oslo.log
echo '2026-03-04 08:00:01 INFO app: first' >york.log
echo '2026-03-04T18:30:03+05:30 INFO app: third' >delhi.log
import Europe/Oslo oslo.log
import America/New_York york.log
import Europe/Oslo delhi.log
diff <(times) - <<'END' || fail "three zones"
2026-03-04T13:00:01.000Z 2026-03-04 08:00:01 INFO app: first
2026-03-04T13:00:02.000Z 2026-03-04 14:00:02 INFO app: second
2026-03-04T13:00:03.000Z 2026-03-04T18:30:03+05:30 INFO app: third
END

rm recount.db
printf '2026-10-25 %s INFO app: x\n' 01:59:59 02:10:00 02:59:59 02:00:01 \
    02:30:00 03:00:00 >autumn.log
touch -d '2026-10-25 12:00 UTC' autumn.log
import Europe/Oslo autumn.log
diff <(times) - <<'END' || fail "the hour that comes twice"
2026-10-24T23:59:59.000Z 2026-10-25 01:59:59 INFO app: x
2026-10-25T00:10:00.000Z 2026-10-25 02:10:00 INFO app: x
2026-10-25T00:59:59.000Z 2026-10-25 02:59:59 INFO app: x
2026-10-25T01:00:01.000Z 2026-10-25 02:00:01 INFO app: x
2026-10-25T01:30:00.000Z 2026-10-25 02:30:00 INFO app: x
2026-10-25T02:00:00.000Z 2026-10-25 03:00:00 INFO app: x
END
"$RECOUNT" --db recount.db events -o json 2>/dev/null |
    jq -se '[.[] | select(.time_ambiguous)] | length == 4' >/dev/null ||
    fail "not flagged: $("$RECOUNT" --db recount.db events -o json)"
