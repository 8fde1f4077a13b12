package main

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
)

const (
	punchesPath = "/v1/punches"
	placeSalt   = `"salt":"AAAAAAAAAAAAAAAAAAAAAA"`
	placeInside = `{` + placeSalt + `,"lat_e7":399000000,"lon_e7":1164000000,"accuracy_m":10,"crs":"wgs84"}`
)

func (b *badAPI) instant() domain.Instant { return domain.InstantOf(b.now()) }

// tapped is the next punch of somebody's phone, with a body that was changed before it was signed. The phone does not remember it.
func (b *badAPI) tapped(emp, place string, change func(*timecard.Body)) timecard.Envelope {
	b.t.Helper()
	p := *b.phones[emp]
	body := p.Body(b.instant(), timecard.In)
	if change != nil {
		change(&body)
	}
	var claim []byte
	if place != "" {
		claim = []byte(place)
	}
	return p.Sent(p.Seal(body, claim), b.instant())
}

// taken is a punch that the phone remembers.
func (b *badAPI) taken(emp, place string, change func(*timecard.Body)) timecard.Envelope {
	b.t.Helper()
	e := b.tapped(emp, place, change)
	raw, err := base64.RawURLEncoding.DecodeString(e.Signed)
	require.NoError(b.t, err)
	b.phones[emp].N, b.phones[emp].Prev = b.phones[emp].N+1, timecard.Hash(raw)
	return e
}

// resigned is the next punch of e1 with the text of its body changed before it was signed.
func (b *badAPI) resigned(from, to string) timecard.Envelope {
	b.t.Helper()
	p := *b.phones["e1"]
	e := b.tapped("e1", "", nil)
	raw, err := base64.RawURLEncoding.DecodeString(e.Signed)
	require.NoError(b.t, err)
	changed := strings.Replace(string(raw), from, to, 1)
	require.NotEqual(b.t, string(raw), changed)
	e.Signed = base64.RawURLEncoding.EncodeToString([]byte(changed))
	e.Signature = base64.RawURLEncoding.EncodeToString(p.Sign([]byte(changed)))
	return e
}

func wireOf(v any) string { return string(signedtest.JSON(v)) }

// unread is a punch of e1 that cannot be read; nothing of it is recorded.
func unread(what, field, problem string, body func(b *badAPI) string) badRequest {
	return badRequest{
		name: what, given: what, as: "e1", method: "POST", path: punchesPath, make: body, status: 422, code: "invalid_field",
		check: func(b *badAPI, a apiAnswer) {
			var p struct{ Args map[string]string }
			require.NoError(b.t, json.Unmarshal(a.body, &p))
			require.Equal(b.t, field+" "+problem, p.Args["field"]+" "+p.Args["problem"])
		},
	}
}

// signedAs is unread for a body whose text was changed before it was signed.
func signedAs(what, field, problem, from, to string) badRequest {
	return unread(what, field, problem, func(b *badAPI) string { return wireOf(b.resigned(from, to)) })
}

// placedAt is unread for a place object.
func placedAt(what, field, problem, place string) badRequest {
	return unread(what, field, problem, func(b *badAPI) string {
		e := b.tapped("e1", "", nil)
		e.Place = base64.RawURLEncoding.EncodeToString([]byte(place))
		return wireOf(e)
	})
}

// verbatim is a body that is sent as it is.
func verbatim(body string) func(*badAPI) string { return func(*badAPI) string { return body } }

// doubtful is a punch that is recorded, with what speaks against it.
func doubtful(what, as, outcome, event, reason string, make func(b *badAPI) string) badRequest {
	return badRequest{
		name: what, given: what, as: as, method: "POST", path: punchesPath, make: make, status: 200, stored: []string{event}, once: true,
		check: func(b *badAPI, a apiAnswer) {
			var out struct {
				Punches []struct {
					Outcome, Receipt string
					Reasons          []struct{ Code string }
				}
			}
			require.NoError(b.t, json.Unmarshal(a.body, &out))
			last := out.Punches[len(out.Punches)-1]
			require.Equal(b.t, outcome, last.Outcome, "%s", a.body)
			require.NotEmpty(b.t, last.Receipt)
			if reason != "" {
				require.Contains(b.t, fmt.Sprint(last.Reasons), reason, "%s", a.body)
			}
		},
	}
}

// enrolled is a public key that is none.
func enrolled(what string, key func() string) badRequest {
	return badRequest{
		name: what, as: "e2", method: "POST", path: "/v1/employees/e2/devices/phone9", status: 422, code: "invalid_field", says: []string{"public key"},
		make: func(*badAPI) string { return fmt.Sprintf(`{"kind":"phone","public_key":%q}`, key()) },
	}
}

func spki(key any) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

var apiPunchCases = []badRequest{
	unread("a punch that is no JSON", "batch", "not_json", verbatim("nonsense")),
	unread("a punch that is empty", "signed", "missing", verbatim("{}")),
	unread("a list of punches that is no upload", "batch", "not_json", verbatim("[]")),
	unread("a punch with a member too many", "envelope/admin", "unknown_name", func(b *badAPI) string {
		return strings.Replace(wireOf(b.tapped("e1", "", nil)), "{", `{"admin":true,`, 1)
	}),
	unread("a punch with a member twice", "envelope/signed", "doubled_name", func(b *badAPI) string {
		return strings.Replace(wireOf(b.tapped("e1", "", nil)), "{", `{"signed":"x",`, 1)
	}),
	unread("a punch with a member in other capitals", "envelope/Note", "unknown_name", func(b *badAPI) string {
		return strings.Replace(wireOf(b.tapped("e1", "", nil)), "{", `{"Note":"x",`, 1)
	}),
	unread("a body that is not base64url", "signed", "not_base64url", verbatim(`{"signed":"e30=","signature":""}`)),
	unread("a body that is signed and no JSON", "signed", "not_json", verbatim(`{"signed":"bm9uc2Vuc2U","signature":""}`)),
	unread("a body of 3,000 bytes", "signed", "too_many_bytes", func(b *badAPI) string {
		return wireOf(b.resigned(`"v":1`, `"v":1`+strings.Repeat(" ", 3000)))
	}),
	unread("a punch of 40,000 bytes", "envelope", "too_many_bytes", func(b *badAPI) string {
		e := b.tapped("e1", "", nil)
		e.Note = strings.Repeat("x", 40_000)
		return wireOf(e)
	}),
	signedAs("a body with a member twice", "signed/emp", "doubled_name", `"emp":"e1"`, `"emp":"e2","emp":"e1"`),
	signedAs("a body with a member in other capitals", "signed/Emp", "unknown_name", `"emp":`, `"Emp":`),
	signedAs("a body of another version", "v", "unknown_value", `"v":1`, `"v":2`),
	signedAs("a number of a punch that is 0", "n", "out_of_range", `"n":1`, `"n":0`),
	signedAs("a number of a punch that is negative", "n", "out_of_range", `"n":1`, `"n":-1`),
	signedAs("a number of a punch that is 1e999", "signed/n", "wrong_type", `"n":1`, `"n":1e999`),
	signedAs("a number of a punch that is a text", "signed/n", "wrong_type", `"n":1`, `"n":"1"`),
	signedAs("a first punch that follows another", "prev", "not_with_n", `"prev":""`, `"prev":"`+strings.Repeat("A", 43)+`"`),
	signedAs("a hash that is none", "prev", "not_a_hash", `"prev":""`, `"prev":"x"`),
	signedAs("a direction that is none", "dir", "unknown_value", `"dir":"in"`, `"dir":"up"`),
	signedAs("a clock without its offset", "wall", "not_a_device_time", `+08:00`, ``),
	signedAs("a clock at 25 o'clock", "wall", "not_a_device_time", `T12:`, `T25:`),
	signedAs("a clock 24 hours east", "wall", "not_a_device_time", `+08:00`, `+24:00`),
	signedAs("a zone that leads out of the archive", "zone", "not_a_zone_name", `Asia/Shanghai`, `../../etc/passwd`),
	signedAs("a clock that runs backwards", "mono_ms", "out_of_range", `"mono_ms":`, `"mono_ms":-`),
	signedAs("an id of a punch that climbs", "id", "not_an_id", `phone.e1.1`, `../phone.e1.1`),
	signedAs("a device that is no id", "device", "not_an_id", `"device":"phone.e1"`, `"device":"phone e1"`),
	placedAt("a place north of the pole", "place/lat_e7", "out_of_range", `{`+placeSalt+`,"lat_e7":900000001,"lon_e7":0,"crs":"wgs84"}`),
	placedAt("a place beyond the date line", "place/lon_e7", "out_of_range", `{`+placeSalt+`,"lat_e7":0,"lon_e7":-1800000001,"crs":"wgs84"}`),
	placedAt("a place at NaN", "place/lat_e7", "not_json", `{`+placeSalt+`,"lat_e7":NaN,"lon_e7":0,"crs":"wgs84"}`),
	placedAt("a place at 1e999", "place/lat_e7", "wrong_type", `{`+placeSalt+`,"lat_e7":1e999,"lon_e7":0,"crs":"wgs84"}`),
	placedAt("a place with a fraction", "place/lat_e7", "wrong_type", `{`+placeSalt+`,"lat_e7":39.9,"lon_e7":0,"crs":"wgs84"}`),
	placedAt("a place that is a text", "place/lat_e7", "wrong_type", `{`+placeSalt+`,"lat_e7":"399000000","lon_e7":0,"crs":"wgs84"}`),
	placedAt("a place without its longitude", "place/lon_e7", "not_with_latitude", `{`+placeSalt+`,"lat_e7":399000000,"crs":"wgs84"}`),
	placedAt("a place without a datum", "place/crs", "unknown_value", `{`+placeSalt+`,"lat_e7":399000000,"lon_e7":0}`),
	placedAt("a negative accuracy", "place/accuracy_m", "out_of_range", `{`+placeSalt+`,"lat_e7":399000000,"lon_e7":0,"accuracy_m":-1,"crs":"wgs84"}`),
	placedAt("an accuracy larger than the earth", "place/accuracy_m", "out_of_range", `{`+placeSalt+`,"lat_e7":399000000,"lon_e7":0,"accuracy_m":50000001,"crs":"wgs84"}`),
	placedAt("a fix from the future", "place/age_ms", "out_of_range", `{`+placeSalt+`,"lat_e7":399000000,"lon_e7":0,"age_ms":-1,"crs":"wgs84"}`),
	placedAt("a salt of three bytes", "place/salt", "salt_too_short", `{"salt":"AAAA","lat_e7":399000000,"lon_e7":0,"crs":"wgs84"}`),
	placedAt("a place with a member twice", "place/salt", "doubled_name", `{`+placeSalt+`,`+placeSalt+`}`),
	unread("a clock of sending without its boot", "sent_boot", "not_with_sent_mono_ms", func(b *badAPI) string {
		e := b.tapped("e1", "", nil)
		e.SentBoot = ""
		return wireOf(e)
	}),
	unread("an assertion of a passkey that is not base64url", "passkey/credential", "not_base64url", func(b *badAPI) string {
		e := b.tapped("e1", "", nil)
		e.Passkey = &timecard.Assertion{Credential: "&&&", AuthData: "AAAA", ClientData: "AAAA", Signature: "AAAA"}
		return wireOf(e)
	}),
	{name: "an upload without punches", as: "e1", path: punchesPath, body: `{"batch":"b1","punches":null}`, status: 422, code: "batch_size"},
	{name: "an upload of no punch", as: "e1", path: punchesPath, body: `{"batch":"b1","punches":[]}`, status: 422, code: "batch_size", says: []string{"5000"}},
	{name: "an upload of 5,001 punches", given: `{"batch":"b1","punches":[{},{},…]}`, as: "e1", path: punchesPath, body: `{"batch":"b1","punches":[` + strings.TrimSuffix(strings.Repeat("{},", 5001), ",") + `]}`, status: 422, code: "batch_size", says: []string{"5001"}},
	{name: "an upload of 33 MiB", given: `{"batch":"b1","punches":[                …`, as: "e1", path: punchesPath, body: `{"batch":"b1","punches":[` + strings.Repeat(" ", 33<<20) + `]}`, status: 413, code: "http_body_too_large"},
	unread("an upload whose id is none", "batch", "not_an_id", verbatim(`{"batch":"../b1","punches":[{}]}`)),
	unread("an upload with its punches twice", "batch/punches", "doubled_name", verbatim(`{"batch":"b1","punches":[{}],"punches":[{}]}`)),
	unread("an upload of punches that are one text", "batch/punches", "wrong_type", verbatim(`{"batch":"b1","punches":"all"}`)),
	unread("an upload 20,000 levels deep", "batch/punches", "not_json", verbatim(`{"batch":"b1","punches":`+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)+`}`)),
	{
		name: "an upload of what are no punches", as: "e1", path: punchesPath, body: `{"batch":"b1","punches":[null,1,"x",[],{"signed":1}]}`, status: 200,
		check: func(b *badAPI, a apiAnswer) {
			require.Equal(b.t, 5, strings.Count(string(a.body), `"outcome":"refused"`), "%s", a.body)
		},
	},
	{name: "a punch for another ledger", as: "e1", method: "POST", path: punchesPath, make: func(b *badAPI) string { return wireOf(b.resigned(b.origin, "punchledger/other")) }, status: 422, code: "other_ledger"},
	{name: "a punch of somebody else, with a genuine signature", as: "e2", method: "POST", path: punchesPath, make: func(b *badAPI) string { return wireOf(b.tapped("e1", placeInside, nil)) }, status: 403, code: notAuthorised},
	{
		name: "an upload that hides a punch of somebody else behind one's own", as: "e2", method: "POST", path: punchesPath, status: 200,
		make: func(b *badAPI) string {
			own := b.tapped("e2", "", func(body *timecard.Body) { body.Origin = "punchledger/other" })
			return string(signedtest.Batch("b2", own, b.tapped("e1", placeInside, nil)))
		},
		check: func(b *badAPI, a apiAnswer) {
			require.Contains(b.t, string(a.body), "other_device")
			require.Equal(b.t, 2, strings.Count(string(a.body), `"outcome":"refused"`), "%s", a.body)
		},
	},
	{name: "a punch from a device that is not there", as: "e1", method: "POST", path: punchesPath, make: func(b *badAPI) string { return wireOf(b.resigned(`"device":"phone.e1"`, `"device":"phone.e9"`)) }, status: 404, code: "unknown_device"},
	{name: "a punch from the device of somebody else", as: "e1", method: "POST", path: punchesPath, make: func(b *badAPI) string { return wireOf(b.resigned(`"device":"phone.e1"`, `"device":"phone.e2"`)) }, status: 403, code: "device_bound_elsewhere"},
	doubtful("a punch whose signature was changed", "e1", "held", "PunchHeld", "bad_signature", func(b *badAPI) string {
		e := b.tapped("e1", "", nil)
		e.Signature = "AAAA" + e.Signature[4:]
		return wireOf(e)
	}),
	unread("a punch without a signature", "signed", "not_with_signature", func(b *badAPI) string {
		e := b.tapped("e1", "", nil)
		e.Signature = ""
		return wireOf(e)
	}),
	doubtful("a punch signed by another kind of key", "e1", "held", "PunchHeld", "bad_signature", func(b *badAPI) string {
		e := b.tapped("e1", "", nil)
		raw, _ := base64.RawURLEncoding.DecodeString(e.Signed)
		other := signedtest.New(b.origin, "phone.e1", "e1").P256(true)
		e.Signature = base64.RawURLEncoding.EncodeToString(other.Sign(raw))
		return wireOf(e)
	}),
	doubtful("a punch whose body was changed after it was signed, in an upload", "e1", "rejected", "PunchRejected", "bad_signature", func(b *badAPI) string {
		e := b.tapped("e1", "", nil)
		raw, _ := base64.RawURLEncoding.DecodeString(e.Signed)
		e.Signed = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(raw), `"dir":"in"`, `"dir":"out"`, 1)))
		return string(signedtest.Batch("b3", e))
	}),
	doubtful("a punch whose place was exchanged", "e1", "held", "PunchHeld", "place_altered", func(b *badAPI) string {
		e := b.taken("e1", placeInside, nil)
		e.Place = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(placeInside, "399", "312", 1)))
		return wireOf(e)
	}),
	doubtful("a ticket of another ledger", "e1", "accepted", "PunchAccepted", "ticket_invalid", func(b *badAPI) string {
		e := b.taken("e1", placeInside, func(body *timecard.Body) { body.Ticket = strings.Repeat("A", 22) })
		e.Ticket = "punchledger ticket v1\nelsewhere\n\n— elsewhere AAAA\n"
		return wireOf(e)
	}),
	doubtful("a passkey that proves nothing", "e1", "accepted", "PunchAccepted", "passkey_unverified", func(b *badAPI) string {
		e := b.taken("e1", placeInside, nil)
		e.Passkey = &timecard.Assertion{Credential: "AAAA", AuthData: "AAAA", ClientData: "AAAA", Signature: "AAAA"}
		return wireOf(e)
	}),
	doubtful("a note of markup, SQL and NUL", "e1", "accepted", "PunchAccepted", "", func(b *badAPI) string {
		e := b.taken("e1", placeInside, nil)
		e.Note = "<script>\x00'; DROP TABLE events;--\u202e"
		return wireOf(e)
	}),
	doubtful("a number that was used before", "e1", "held", "PunchHeld", "chain_fork", func(b *badAPI) string {
		return wireOf(b.tapped("e1", placeInside, func(body *timecard.Body) { body.N, body.ID = 2, "phone.e1.2b" }))
	}),
	doubtful("a punch that follows no other", "e1", "held", "PunchHeld", "chain_broken", func(b *badAPI) string {
		return wireOf(b.taken("e1", placeInside, func(body *timecard.Body) { body.Prev = strings.Repeat("A", 43) }))
	}),
	doubtful("a clock of the year 2099", "e2", "held", "PunchHeld", "time_unbelievable", func(b *badAPI) string {
		e := b.taken("e2", placeInside, func(body *timecard.Body) { body.Wall = "2099-01-01T00:00:00.000+08:00" })
		e.Sent = timecard.Sent{}
		return wireOf(e)
	}),
	doubtful("a zone that is on Mars", "e2", "accepted", "PunchAccepted", "zone_mismatch", func(b *badAPI) string {
		return wireOf(b.taken("e2", placeInside, func(body *timecard.Body) { body.Zone = "Mars/Olympus" }))
	}),
	{
		name: "a punch that comes again", as: "e1", method: "POST", path: punchesPath, status: 200,
		before: func(b *badAPI) {
			e := b.taken("e1", placeInside, nil)
			b.kept["first"] = wireOf(e)
			b.must(b.tokens["e1"], "POST", punchesPath, b.kept["first"])
		},
		make:  func(b *badAPI) string { return b.kept["first"] },
		check: func(b *badAPI, a apiAnswer) { require.Contains(b.t, string(a.body), `"repeated":true`) },
	},
	{
		name: "a punch that comes again, by somebody else", as: "e2", method: "POST", path: punchesPath, status: 403, code: notAuthorised,
		make: func(b *badAPI) string { return b.kept["first"] },
	},
	{
		name: "other bytes under the id of a punch", as: "e1", method: "POST", path: punchesPath, status: 409, code: "idempotency_conflict",
		make: func(b *badAPI) string {
			return wireOf(b.tapped("e1", placeInside, func(body *timecard.Body) { body.ID = "phone.e1.2" }))
		},
	},
	{name: "a ticket for the device of somebody else", as: "e2", path: "/v1/tickets?device=phone.e1", status: 403, code: notAuthorised},
	{name: "a ticket for a device that is not there", as: "e2", path: "/v1/tickets?device=nothing", status: 403, code: notAuthorised},
	{name: "a ticket for somebody without a device", as: "e3", path: "/v1/tickets", status: 404, code: "unknown_device"},
	{name: "a ticket at a negative time", as: "e2", path: "/v1/tickets?boot=b&mono_ms=-1", status: 422, code: invalid, fault: "mono_ms out_of_range"},
	{name: "a ticket in a boot that is no word", as: "e2", path: "/v1/tickets?boot=%F0%9F%98%80&mono_ms=1", status: 422, code: "invalid_field"},
	{name: "a release of a punch that is not there", as: "personnel", path: "/v1/employees/e1/punches/nothing/release", body: `{"reason":"checked"}`, status: 404, code: "unknown_punch"},
	{name: "an appeal for a punch of somebody else", as: "e2", path: "/v1/employees/e1/punches/phone.e1.1/appeal", body: `{"text":"mine"}`, status: 403, code: notAuthorised},
	enrolled("a public key that is none", func() string { return "nonsense" }),
	enrolled("a public key as PEM", func() string { return "-----BEGIN PUBLIC KEY-----" }),
	enrolled("a public key that is cut short", func() string { return "MCowBQYDK2VwAyEA" }),
	enrolled("a public key of zeros", func() string {
		return base64.StdEncoding.EncodeToString(append([]byte("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"), make([]byte, 32)...))
	}),
	enrolled("a public key of another curve", func() string {
		key, err := ecdh.P384().GenerateKey(rand.Reader)
		if err != nil {
			panic(err)
		}
		return spki(key.PublicKey())
	}),
	enrolled("a point that is on no curve", func() string {
		der := "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04" + strings.Repeat("\x01", 64)
		return base64.StdEncoding.EncodeToString([]byte(der))
	}),
	{
		name: "a public key of RSA", as: "e2", method: "POST", path: "/v1/employees/e2/devices/phone9", status: 422, code: invalid, fault: "/public_key too_long",
		make: func(*badAPI) string {
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				panic(err)
			}
			return fmt.Sprintf(`{"kind":"phone","public_key":%q}`, spki(&key.PublicKey))
		},
	},
	{name: "a device whose id is taken by somebody else", as: "e2", method: "POST", path: "/v1/employees/e2/devices/phone.e1", make: func(b *badAPI) string {
		return fmt.Sprintf(`{"kind":"phone","public_key":%q}`, b.phones["e2"].PublicKey)
	}, status: 409, code: "device_exists"},
	{name: "the key of another phone", as: "e2", method: "POST", path: "/v1/employees/e2/devices/phone9", make: func(b *badAPI) string {
		return fmt.Sprintf(`{"kind":"phone","public_key":%q}`, b.phones["e1"].PublicKey)
	}, status: 409, code: "key_reused"},
	{name: "a phone that its owner confirms", as: "e1", path: "/v1/employees/e1/devices/phone.e1/confirm", body: `{"how":"in_person"}`, status: 403, code: notAuthorised},
}
