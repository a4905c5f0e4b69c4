#!/bin/bash
# SPDX-License-Identifier: MIT
#
# report --similar finds the earlier incident of the same kind where nothing
# failed: once answers were slow, once no requests came, and both again two
# hours later.

. "$(dirname "$0")/lib.sh"
export TZ=UTC
awk 'BEGIN {
	for (s = 0; s < 4 * 3600; s++) {
		h = s % 7200
		slow = h >= 1800 && h < 2040
		if (h >= 4200 && h < 4440)
			continue
		for (k = 0; k < 6; k++)
			printf "198.51.100.%d - - [20/Nov/2026:%02d:%02d:%02d +0000]" \
			    " \"GET %s HTTP/1.1\" 200 5 \"-\" \"x\" rt=%.3f\n",
			    (s * 7 + k * 11) % 60, 9 + s / 3600, s / 60 % 60, s % 60,
			    k < 3 ? "/cart" : "/", slow && k < 3 ? 2.5 : 0.030
	}
}' >access.log
"$RECOUNT" --db s.db import -q --format='$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" rt=$request_time' access.log

similar() # SINCE UNTIL START
{
	"$RECOUNT" --db s.db report --similar -o json -S "2026-11-20 $1" \
	    -U "2026-11-20 $2" >report.json
	python3 - "$3" report.json <<-'EOF'
	import json, sys
	report = json.load(open(sys.argv[2]))
	(incident,) = report["incidents"]
	found = [s["start"] for s in incident["similar"]]
	assert any(f.startswith("2026-11-20T" + sys.argv[1]) for f in found), \
	    (incident["start"], incident["classification"], found)
	assert len(found) == 1, found
	EOF
}
similar 11:20 11:50 09:29
similar 12:00 12:30 10:09
