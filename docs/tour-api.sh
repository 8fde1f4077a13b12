#!/bin/sh
# A tour of the HTTP API with curl and openssl: from an empty folder to a day that explains itself.
#
#   sh docs/tour-api.sh                       punchledger is on the PATH; works in a folder of its own
#   PUNCHLEDGER=bin/punchledger sh docs/tour-api.sh
#
# The program itself makes the ledger, invites its owner and serves. All else is asked over HTTP.
# It ends with 0 only if every step was answered as it says. Beside it stand docs/api.md, docs/identity.md and docs/punch-protocol.md.
set -eu

ledger=$(command -v "${PUNCHLEDGER:-punchledger}")
case $ledger in /*) ;; *) ledger=$PWD/$ledger ;; esac
work=$(mktemp -d)
server=
# Whatever happens, the server is stopped and the folder removed.
trap 'if [ -n "$server" ]; then kill "$server" && wait "$server" || true; fi; rm -rf "$work"' EXIT
cd "$work"
export PUNCHLEDGER_DATA="$work/ledger" LANG=en_US.UTF-8
export TZ=CST-8 # the office is in Beijing; so is this clock

today=$(date +%Y-%m-%d)
yesterday=$(date -d yesterday +%Y-%m-%d 2>/dev/null || date -v-1d +%Y-%m-%d)
year=$(date +%Y)

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# ask WHO METHOD PATH STATUS [BODY]: sends a request as somebody and wants that status. The answer is in the file answer.
# Who is signed in has a file WHO.token with the session.
ask() {
	who=$1 method=$2 path=$3 want=$4
	set -- -sS -o answer -w '%{http_code}' -X "$method" ${5:+-H} ${5:+'Content-Type: application/json'} ${5:+--data-binary} ${5:+"$5"}
	if [ "$who" != anybody ]; then
		set -- "$@" -H "Authorization: Bearer $(cat "$who.token")"
	fi
	got=$(curl "$@" "$url$path")
	printf '%s %s as %s: %s\n' "$method" "$path" "$who" "$got"
	[ "$got" = "$want" ] || fail "wanted $want: $(cat answer)"
}

# told TEXT: the last answer holds this.
told() { grep -qF -- "$1" answer || fail "the answer does not say $1: $(cat answer)"; }

# value NAME: the last text of that name in the last answer.
value() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" answer | head -n 1; }

say "1. An empty folder becomes a ledger, and its owner is invited: at the machine, by whoever owns the files"
"$ledger" init --name Acme --tz Asia/Shanghai --owner owner
invitation=$("$ledger" users invite owner)

say "2. It is served on this machine, on a port that is free"
mkfifo said
"$ledger" serve --listen 127.0.0.1:0 >said 2>&1 &
server=$!
exec 3<said
url=
while [ -z "$url" ] && read -r line <&3; do
	url=$(printf '%s\n' "$line" | sed -n 's/.*\(http:\/\/[0-9.]*:[0-9]*\).*/\1/p')
done
cat <&3 >serve.log &
[ -n "$url" ] || fail "the server did not start"
ask anybody GET /livez 200
ask anybody GET /v1/me 401

# enrol WHO CODE: uses an invitation up and sets a password. Each answer has a new session, which ends the one before.
enrol() {
	ask anybody POST /v1/login/invitation 200 "{\"code\":\"$2\",\"bearer\":true}"
	value token >"$1.token"
	openssl rand -base64 18 >"$1.password"
	ask "$1" POST /v1/me/password 200 "{\"password\":\"$(cat "$1.password")\"}"
	value token >"$1.token"
}

# in_hex KEY: a key in base32, as an app for one-time codes takes it: eight letters are five bytes.
in_hex() {
	bits=0 have=0
	for letter in $(printf '%s' "$1" | sed 's/./& /g'); do
		before=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567
		before=${before%"$letter"*}
		bits=$((bits << 5 | ${#before})) have=$((have + 5))
		if [ "$have" -ge 8 ]; then
			have=$((have - 8))
			printf '%02x' $((bits >> have & 255))
			bits=$((bits & (1 << have) - 1))
		fi
	done
}

# code KEY: the one-time code of now (RFC 6238): six digits of a MAC over the half minutes since 1970.
code() {
	halves=$(($(date +%s) / 30))
	mac=$(for shift in 56 48 40 32 24 16 8 0; do
		printf '%b' "\\0$(printf '%03o' $((halves >> shift & 255)))"
	done | openssl dgst -sha1 -mac HMAC -macopt "hexkey:$(in_hex "$1")" | sed 's/.*= *//')
	at=$((0x$(printf '%s' "$mac" | cut -c 40) * 2 + 1))
	printf '%06d' $(((0x$(printf '%s' "$mac" | cut -c "$at-$((at + 7))") & 0x7fffffff) % 1000000))
}

# strengthen WHO: sets one-time codes up. Who holds a right proves with them who they are before they use it.
strengthen() {
	ask "$1" POST /v1/me/one-time-codes/begin 200
	ask "$1" POST /v1/me/one-time-codes 201 "{\"ceremony\":\"$(value ceremony)\",\"code\":\"$(code "$(value key)")\"}"
	told recovery_codes
	value token >"$1.token"
}

say "3. The owner logs in, and proves by a second factor who he is before he gives rights"
enrol owner "$invitation"
ask anybody POST /v1/login/invitation 403 "{\"code\":\"$invitation\"}" # it is used up
hr="{\"role\":\"hr\",\"purpose\":\"looks after the people\",\"to\":\"$((year + 1))-01-01\"}"
ask owner POST /v1/principals/personnel/grants 403 "$hr"
told '"code":"prove_again"'
strengthen owner
ask owner POST /v1/principals/personnel/grants 201 "$hr"
ask owner POST /v1/principals/personnel/grants 201 "{\"role\":\"rules\",\"purpose\":\"keeps the rules\",\"to\":\"$((year + 1))-01-01\"}"
ask owner POST /v1/principals/personnel/login/invitation 201 '{}'
enrol personnel "$(value code)"
strengthen personnel
ask owner GET /v1/employees 200 # and sees nobody
told '"items":[]'

say "4. HR opens a site with a fence, and a group with the rules of a Beijing office"
ask personnel POST /v1/sites/hq 201 '{"name":"Head office","zone":"Asia/Shanghai"}'
ask personnel POST /v1/sites/hq/fences 200 '{"from":"always","precision":"verdict","fences":[
	{"id":"main","shape":"circle","crs":"wgs84","points":[{"lat":39.9087,"lon":116.3975}],"radius_m":150}]}'
ask personnel POST /v1/rulesets/cn-bj-office/versions 201 "{\"from\":\"$((year - 1))-01-01\"}"
told '"single_control":true' # dual_control is off: nobody else was asked
ask personnel POST /v1/groups/office 201 '{"title":"Office"}'
ask personnel POST /v1/groups/office/bindings 200 "{\"ruleset\":\"cn-bj-office\",\"from\":\"$((year - 1))-01-01\"}"

say "5. Two people are registered and invited: Li leads, Wang works. HR vouches for whom the codes have reached"
ask personnel POST /v1/employees/li 201 \
	"{\"name\":\"Li Na\",\"hired_on\":\"$((year - 1))-03-01\",\"terms\":{\"group\":\"office\",\"site\":\"hq\"}}"
ask personnel POST /v1/employees/wang 201 \
	"{\"name\":\"Wang Xiaoming\",\"hired_on\":\"$((year - 1))-03-01\",\"terms\":{\"group\":\"office\",\"site\":\"hq\",\"manager\":\"li\"}}"
for person in li wang; do
	ask personnel POST "/v1/principals/$person/login/invitation" 201 '{"confirm":true}'
	enrol "$person" "$(value code)"
	ask personnel POST "/v1/principals/$person/login/confirm" 204 "{\"confirmation\":\"$(value confirmation)\"}" # told by voice
done
ask wang GET /v1/employees/wang 200
ask wang GET /v1/employees/li 403
ask anybody POST /v1/login/password 200 "{\"login\":\"wang\",\"password\":\"$(cat wang.password)\",\"bearer\":true}"
value token >wang.token # he comes back

say "6. Each makes a key pair on a device. The private half never leaves it"
for person in wang li; do
	openssl genpkey -algorithm ed25519 -out "$person.key"
	public=$(openssl pkey -in "$person.key" -pubout -outform DER | openssl base64 -A)
	ask "$person" POST "/v1/employees/$person/devices/phone.$person" 201 "{\"kind\":\"phone\",\"public_key\":\"$public\"}"
done
ask wang POST /v1/employees/wang/devices/phone.wang/confirm 403 '{"how":"in_person"}' # not by himself
ask li POST /v1/employees/wang/devices/phone.wang/confirm 200 '{"how":"in_person"}'
ask personnel POST /v1/employees/li/devices/phone.li/confirm 200 '{"how":"video_call"}'

say "7. What a device signs (docs/punch-protocol.md)"
ask anybody GET /v1/keys 200
origin=$(value origin)
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
sha256() { openssl dgst -sha256 -binary | base64url; }
n=0 previous='' started=$(date +%s)
# look: what both clocks of the phone show now: the one on the wall, and the milliseconds of one that nobody sets.
look() {
	set -- $(date '+%s %3N %Y-%m-%dT%H:%M:%S')
	case $2 in *[!0-9]*) set -- "$1" 000 "$3" ;; esac # a date that knows no milliseconds
	ran=$((($1 - started) * 1000 + 1$2 - 1000)) wall=$3.$2+08:00
}

# punch DIRECTION LAT_E7 LON_E7: Wang's phone signs its next punch; body, place and signature are in files of its number.
punch() {
	n=$((n + 1))
	look
	printf '{"salt":"%s","lat_e7":%s,"lon_e7":%s,"accuracy_m":12,"crs":"wgs84"}' \
		"$(openssl rand 16 | base64url)" "$2" "$3" >"$n.place"
	printf '{"v":1,"origin":"%s","id":"phone.wang.%s","emp":"wang","device":"phone.wang","n":%s,"prev":"%s","dir":"%s","wall":"%s","zone":"Asia/Shanghai","boot":"tour","mono_ms":%s,"ticket":"","place":"%s"}' \
		"$origin" "$n" "$n" "$previous" "$1" "$wall" "$ran" "$(sha256 <"$n.place")" >"$n.body"
	openssl pkeyutl -sign -rawin -inkey wang.key -in "$n.body" -out "$n.signature"
	previous=$(sha256 <"$n.body")
}

# envelope NUMBER: the punch as it is sent, with what the clocks show now.
envelope() {
	look
	printf '{"signed":"%s","signature":"%s","place":"%s","sent_boot":"tour","sent_mono_ms":%s,"sent_wall":"%s"}' \
		"$(base64url <"$1.body")" "$(base64url <"$1.signature")" "$(base64url <"$1.place")" "$ran" "$wall"
}

say "8. Wang punches from Shanghai. Nothing blocks it; it waits, with its reasons"
punch in 312304000 1214737000
ask wang POST /v1/punches 200 "$(envelope 1)"
told '"outcome":"held"'
told '"code":"outside_fence"'
ask li POST /v1/punches 403 "$(envelope 1)" # nobody hands in the punch of somebody else
ask wang GET "/v1/employees/wang/punches?from=$yesterday" 200
told '"state":"held"'
told 'outside fence main'

say "9. His manager looks at it and lets it count"
ask wang POST /v1/employees/wang/punches/phone.wang.1/release 403 '{"reason":"checked"}'
ask li POST /v1/employees/wang/punches/phone.wang.1/release 200 '{"reason":"customer_visit"}'
told PunchReleased
ask wang GET "/v1/employees/wang/punches?from=$yesterday" 200
told '"state":"counted"'

say "10. Without network the phone keeps its punches; one upload brings three: a new one, one sent before, and one that somebody altered"
punch out 399087000 1163975000
punch in 399087000 1163975000
sed 's/"dir":"in"/"dir":"out"/' 3.body >altered && mv altered 3.body
ask wang POST /v1/punches 200 "{\"batch\":\"tour.1\",\"punches\":[$(envelope 2),$(envelope 1),$(envelope 3)]}"
tr '{' '\n' <answer | grep '"outcome"' >outcomes
sed -n 1p outcomes | grep -q '"punch":"phone.wang.2","outcome":"accepted"' || fail "the new one: $(cat answer)"
sed -n 2p outcomes | grep -q '"punch":"phone.wang.1","outcome":"held","repeated":true' || fail "the replay: $(cat outcomes)"
sed -n 3p outcomes | grep -q '"punch":"bad.*"outcome":"rejected"' || fail "the altered one: $(cat outcomes)"
told '"code":"bad_signature"'

say "11. Yesterday Wang forgot to punch. He asks for a correction with a photo, and Li approves it"
printf 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==' | openssl base64 -d -A >photo.png
got=$(curl -sS -o answer -w '%{http_code}' -H "Authorization: Bearer $(cat wang.token)" -H 'Content-Type: image/png' \
	--data-binary @photo.png "$url/v1/employees/wang/evidence")
[ "$got" = 201 ] || fail "the photo: $got $(cat answer)"
photo=$(value evidence)
ask wang POST /v1/employees/wang/requests 201 \
	"{\"kind\":\"correction\",\"at\":\"${yesterday}T09:00\",\"dir\":\"in\",\"reason\":\"forgot_to_punch\",\"text\":\"I was at the desk\",\"evidence\":[\"$photo\"]}"
request=$(value request)
ask wang POST "/v1/employees/wang/requests/$request/decide" 403 '{"verdict":"approve"}'
ask li POST "/v1/employees/wang/requests/$request/decide" 200 '{"verdict":"approve"}'
position=$(sed -n 's/.*"position":\([0-9]*\).*/\1/p' answer)

say "12. The day explains itself"
ask wang GET "/v1/employees/wang/days/$yesterday/why?words=true&lang=en&not_before_position=$((position + 1))" 200
told '09:00'
told '"match":true'
ask wang GET "/v1/employees/wang/days/$today/why?words=true&lang=en" 200
told phone.wang.1

say "13. A receipt is verified with openssl and the ledger's public key, and nothing else"
curl -sS "$url/v1/keys.pem" >ledger.pem
curl -sS -H "Authorization: Bearer $(cat wang.token)" "$url/v1/employees/wang/punches/phone.wang.2/receipt.txt" >receipt.txt
# The text ends at the empty line; the signature is the last 64 bytes behind the name.
genuine() {
	sed '/^$/,$d' "$1" >text
	sed -n 's/^— [^ ]* //p' "$1" | openssl base64 -d -A | tail -c 64 >signature
	openssl pkeyutl -verify -pubin -inkey ledger.pem -rawin -in text -sigfile signature
}
genuine receipt.txt
grep -q "^signed $(sha256 <2.body)$" receipt.txt || fail "it is not the receipt of what the phone signed"
sed 's/^outcome accepted$/outcome rejected/' receipt.txt >forged.txt
if genuine forged.txt; then fail "a forged receipt was believed"; fi

say "Every step was answered as it should be."
