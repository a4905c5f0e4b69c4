#!/bin/bash
# SPDX-License-Identifier: MIT
#
# [webhook]: what is posted is in the store as soon as it is answered, its bytes
# are the evidence, and a repeat of it is known, also after kill -9 and when it
# comes as a file.  Who has no token or key, posts what is none, or too much of
# it, is told so in JSON and changes nothing.

. "$(dirname "$0")/lib.sh"
cat >recountd.conf <<END
[store]
path = $WORK/recount.db

[journal]
enabled = no

[webhook]
listen = unix:$WORK/hook
token-file = $WORK/token
pagerduty-key-file = $WORK/keys
max-body = 64K
timeout = 2s
END
echo ' sesame ' >token
printf 'old-key\n\nnew-key\n' >keys
start()
{
	"$RECOUNTD" --config recountd.conf 2>>recountd.said &
	daemon=$!
	PIDS+=("$daemon")
	soon curl -s --unix-socket hook http://x/healthz
}
# post CODE PATH [OPTION]...: what is answered is in ./answer
post()
{
	local want=$1 path=$2 code

	shift 2
	code=$(curl -s -o answer -w '%{http_code}' --unix-socket hook \
	    -H "$auth" "$@" "http://x$path")
	[ "$code" = "$want" ] ||
	    fail "$path: $code instead of $want: $(cat answer)"
	jq -e . answer >/dev/null || fail "$path: no JSON: $(cat answer)"
}
says() # JQ-TEST: of the answer
{
	jq -e "$1" answer >/dev/null || fail "not $1: $(cat answer)"
}
auth='Authorization: Bearer sesame'
alert() # STATUS SUMMARY
{
	cat <<-END
	{"version":"4","groupKey":"{}:{alertname=\"E\"}","status":"$1",
	"receiver":"recount","groupLabels":{},"commonLabels":{},
	"externalURL":"http://am:9093","truncatedAlerts":0,
	"alerts":[{"status":"$1","labels":{"alertname":"E",
	"service":"shop","instance":"web1:9100","severity":"critical"},
	"annotations":{"summary":"$2"},"startsAt":"2026-11-20T10:01:00Z",
	"endsAt":"2026-11-20T10:11:00Z","fingerprint":"a1b2"}]}
	END
}
pager() # TYPE TIME
{
	printf '%s' '{"event":{"id":"01'"$RANDOM"'","event_type":"'"$1"'",' \
	    '"resource_type":"incident","occurred_at":"2026-11-20T'"$2"'Z",' \
	    '"agent":{"summary":"Ana","type":"user_reference"},"data":' \
	    '{"id":"PGR0","title":"The shop is down","service":' \
	    '{"summary":"shop"},"urgency":"high"}}}'
}
hmac() # KEY FILE
{
	openssl dgst -sha256 -hmac "$1" -r "$2" | cut -d ' ' -f 1
}
count() { stored | wc -l; }

start
# Alerts: the first time an event, later known, whatever else it says by then.
alert firing '83 % fail' >body
post 200 /alertmanager --data-binary @body
says '.events == 1 and .known == 0'
[ "$(count)" = 1 ] || fail "answered, but not stored"
jq -c .alerts[0] body >want
stored | jq -r .raw | jq -c . | cmp - want || fail "the evidence differs"
grep -qF "$(stored | jq -r .raw | head -n 1)" body ||
    fail "the evidence is not byte for byte"
alert firing '91 % fail' >again
post 200 /alertmanager --data-binary @again
says '.events == 0 and .known == 1'
alert resolved '91 % fail' | post 200 /alertmanager --data-binary @-
says '.events == 1'

# PagerDuty: the signature is the way in, of any key, among several.
pager incident.triggered 10:02:00 >page
post 401 /pagerduty --data-binary @page
post 401 /pagerduty -H "X-PagerDuty-Signature: v1=$(hmac wrong page)" \
    --data-binary @page
post 200 /pagerduty --data-binary @page -H \
    "X-PagerDuty-Signature: v1=$(hmac x page),v1=$(hmac new-key page)"
says '.events == 1'
pager incident.triggered 10:02:00 >page2
post 200 /pagerduty --data-binary @page2 \
    -H "X-PagerDuty-Signature: v1=$(hmac old-key page2)"
says '.known == 1'
pager incident.acknowledged 10:04:30 >ack
post 401 /pagerduty --data-binary @ack \
    -H "X-PagerDuty-Signature: v1=$(hmac new-key page)"
post 200 /pagerduty --data-binary @ack \
    -H "X-PagerDuty-Signature: v1=$(hmac new-key ack)"

# Marks.
mark='{"text": "shop 2.4 is out", "kind": "deploy", "at": "2026-11-20T10:00:00Z"}'
post 200 /mark -d "$mark"
says '.events == 1'
post 200 /mark -d "$mark"
says '.known == 1'
post 200 /mark -d '{"text": "restarting", "kind": "action"}'
[ "$(count)" = 6 ] || fail "$(count) events instead of 6"

# A kill at once after the answer loses nothing; files are the same facts.
post 200 /mark -d '{"text": "the last one"}'
kill -KILL "$daemon"
wait "$daemon" || true
[ "$(count)" = 7 ] || fail "after kill -9: $(count) events instead of 7"
"$RECOUNT" --db recount.db import body again page ack >said 2>&1 ||
    fail "import: $(cat said)"
[ "$(count)" = 7 ] || fail "files: $(count) events instead of 7"
pager incident.resolved 10:12:00 >resolved
"$RECOUNT" --db recount.db import resolved >said 2>&1 || fail "$(cat said)"
[ "$(count)" = 8 ] || fail "no PagerDuty event in: $(cat said)"
[ -S hook ] || fail "the test wants a socket that was left over"
start
alert firing '97 % fail' | post 200 /alertmanager --data-binary @-
says '.known == 1'
post 200 /pagerduty --data-binary @resolved \
    -H "X-PagerDuty-Signature: v1=$(hmac new-key resolved)"
says '.known == 1'

# Refused, in JSON, and nothing changed.
for body in '' '{}' 'hello' '{"alerts": [{}]}' '{"alerts": 7}' "$mark"; do
	post 400 /alertmanager -d "$body"
	says '.error | length > 10'
done
post 400 /mark -d '{"text": ""}'
post 400 /mark -d '{"text": "x", "kind": "outage"}'
post 400 /mark -d '{"text": "x", "at": "yesterday, I think"}'
post 404 /alerts -d '{}'
post 405 /mark
post 405 /healthz -d ''
head -c 100000 /dev/zero | tr '\0' x >large
post 413 /mark --data-binary @large
head -c 10000000 /dev/zero | tr '\0' x >large
post 413 /mark --data-binary @large
post 501 /mark -X BREW
auth='Authorization: Bearer sesam'
post 401 /mark -d "$mark"
auth='Authorization: Basic sesame'
post 401 /mark -d "$mark"
auth='X-Nothing: 1'
post 401 /alertmanager --data-binary @body
post 401 /metrics
post 200 /healthz
[ "$(count)" = 8 ] || fail "what was refused is stored: $(count)"

# A new token holds after a reload, the old one no more.
echo sesame2 >token
kill -HUP "$daemon"
reloaded() { grep -q 'configuration read again' recountd.said; }
soon reloaded || fail "no reload"
auth='Authorization: Bearer sesame'
post 401 /mark -d "$mark"
auth='Authorization: Bearer sesame2'
post 200 /mark -d "$mark"

# Who is slow is sent away, and keeps nobody else out.
python3 - <<'END' || fail "slow senders"
import socket, time
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect("hook")
    s.settimeout(8)
    return s
slow = [connect() for _ in range(100)]
drip = connect()
drip.sendall(b"POST /mark HTTP/1.1\r\nContent-Length: 100\r\n\r\n")
since = time.time()
try:
    while time.time() - since < 12:
        time.sleep(0.5)
        drip.sendall(b"x")
    raise SystemExit("a byte each half second may stay for ever")
except (BrokenPipeError, ConnectionResetError):
    pass
END
post 200 /healthz
kill -TERM "$daemon"
wait "$daemon" || fail "exit $? on SIGTERM"
[ ! -e hook ] || fail "the socket was left behind"
grep -i sesame recountd.said && fail "a secret was told"

# The marks tell of the phases; who it was is a role.
"$RECOUNT" --db recount.db timeline --all -S '2026-11-20 09:55' \
    -U '2026-11-20 10:30' >told
grep -q 'acknowledged by a responder: The shop is down' told ||
    fail "$(cat told)"
! grep -q Ana told || fail "a name on the timeline: $(cat told)"
