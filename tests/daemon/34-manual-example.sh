#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The example of recount-parsers(5) is what it says: a file that loads, whose
# samples hold, and whose format is found for the lines it is for.

. "$(dirname "$0")/lib.sh"
mkdir parsers
awk '/^\.Ed/ { inside = 0 } inside { gsub(/\\e/, "\\"); print }
/^\.Bd -literal$/ { inside = 1 }' \
    "$ROOT/src/cmd/recount-parsers.5" >parsers/orders.json
jq -e '.formats[0].name == "orders-access"' parsers/orders.json >/dev/null ||
    fail "no example in the manual page"
export RECOUNT_PARSERS=$WORK/parsers
"$RECOUNT" parsers test >said 2>&1 || fail "$(cat said)"
grep -q '1 rules, 0 samples fail' said || fail "$(cat said)"

for s in 07 08 09 10 11 12; do
	echo "2026-03-04T14:00:${s}+01:00 192.0.2.7 GET /a 502 31ms"
done >access.log
"$RECOUNT" parsers detect access.log >said 2>&1 || fail "$(cat said)"
grep -q 'orders-access, 6 of 6' said || fail "$(cat said)"

# What it says of broken samples holds too.
sed -i 's/"status": "502"/"status": "503"/' parsers/orders.json
code=0
"$RECOUNT" parsers test >said 2>&1 || code=$?
[ "$code" = 1 ] || fail "exit status $code for a sample that fails"
grep -q 'orders-access: status is "502"' said || fail "$(cat said)"
