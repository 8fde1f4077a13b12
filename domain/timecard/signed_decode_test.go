package timecard_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
)

func TestDecodingIsStrict(t *testing.T) {
	p, _ := enrolled("d1")
	good := signedtest.JSON(p.Punch(noon, timecard.In))
	body := func(change func(string) string) []byte {
		var e timecard.Envelope
		require.NoError(t, json.Unmarshal(good, &e))
		b, err := base64.RawURLEncoding.DecodeString(e.Signed)
		require.NoError(t, err)
		changed := change(string(b))
		require.NotEqual(t, string(b), changed)
		e.Signed = base64.RawURLEncoding.EncodeToString([]byte(changed))
		return signedtest.JSON(e)
	}
	replace := func(a, b string) func(string) string {
		return func(s string) string { return strings.Replace(s, a, b, 1) }
	}
	for _, c := range []struct {
		name, field, problem string
		data                 []byte
	}{
		{"nothing", "envelope", "missing", nil},
		{"no JSON", "envelope", "not_json", []byte("punch")},
		{"an array", "envelope", "wrong_type", []byte("[]")},
		{"two values", "envelope", "not_json", append(slices.Clip(good), "{}"...)},
		{"a doubled name", "envelope/signed", "doubled_name", replaced(good, `"signed":`, `"signed":"","signed":`)},
		{"another case", "envelope/Signed", "unknown_name", replaced(good, `"signed":`, `"Signed":`)},
		{"an unknown name", "envelope/alg", "unknown_name", replaced(good, `{"signed"`, `{"alg":"none","signed"`)},
		{"a signature that is a number", "envelope/signature", "wrong_type", replaced(good, `"signature":"`, `"signature":1,"note":"`)},
		{"too large", "envelope", "too_many_bytes", make([]byte, timecard.MaxEnvelope+1)},
		{"padding", "signed", "not_base64url", replaced(good, `"signed":"ey`, `"signed":"=ey`)},
		{"a doubled name in what is signed", "signed/emp", "doubled_name", body(replace(`"emp":`, `"emp":"emp_9","emp":`))},
		{"another case in what is signed", "signed/EMP", "unknown_name", body(replace(`"emp":`, `"EMP":`))},
		{"a fraction", "signed/n", "wrong_type", body(replace(`"n":1`, `"n":1.5`))},
		{"an exponent", "signed/n", "wrong_type", body(replace(`"n":1`, `"n":1e3`))},
		{"not a number", "signed/n", "not_json", body(replace(`"n":1`, `"n":NaN`))},
		{"a huge number", "signed/n", "wrong_type", body(replace(`"n":1`, `"n":99999999999999999999`))},
		{"a number that not every language holds", "n", "out_of_range", body(replace(`"n":1`, `"n":9007199254740993`))},
		{"a text for a number", "signed/mono_ms", "wrong_type", body(replace(`"mono_ms":`, `"mono_ms":"7","x":`))},
		{"another version", "v", "unknown_value", body(replace(`"v":1`, `"v":2`))},
		{"a first punch that follows one", "prev", "not_with_n", body(replace(`"prev":""`, `"prev":"`+strings.Repeat("A", 43)+`"`))},
		{"a time without an offset", "wall", "not_a_device_time", body(replace(`+00:00"`, `"`))},
		{"an offset of a day", "wall", "not_a_device_time", body(replace(`+00:00"`, `+23:00"`))},
		{"no person", "emp", "not_an_id", body(replace(`"emp":"emp_7"`, `"emp":"../x"`))},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := timecard.DecodeEnvelope(c.data)
			want, ok := errors.AsType[*domain.Error](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, "invalid_field", want.Code)
			require.Equal(t, c.field, want.Args["field"])
			require.Equal(t, c.problem, want.Args["problem"])
		})
	}
}

func replaced(b []byte, old, with string) []byte {
	return []byte(strings.Replace(string(b), old, with, 1))
}

func TestPlacesOutOfRangeAreRefused(t *testing.T) {
	for object, want := range map[string]string{
		`{"salt":"AAAAAAAAAAAAAAAAAAAAAA","lat_e7":900000001,"lon_e7":0,"crs":"wgs84"}`:         "place/lat_e7 out_of_range",
		`{"salt":"AAAAAAAAAAAAAAAAAAAAAA","lat_e7":0,"lon_e7":-1800000001,"crs":"wgs84"}`:       "place/lon_e7 out_of_range",
		`{"salt":"AAAAAAAAAAAAAAAAAAAAAA","lat_e7":0,"lon_e7":0}`:                               "place/crs unknown_value",
		`{"salt":"AAAAAAAAAAAAAAAAAAAAAA","lat_e7":0}`:                                          "place/lon_e7 not_with_latitude",
		`{"salt":"AAAAAAAAAAAAAAAAAAAAAA","lat_e7":1e300,"lon_e7":0,"crs":"wgs84"}`:             "place/lat_e7 wrong_type",
		`{"salt":"AAAAAAAAAAAAAAAAAAAAAA","lat_e7":0,"lon_e7":0,"crs":"wgs84","accuracy_m":-1}`: "place/accuracy_m out_of_range",
		`{"salt":"AAAA"}`: "place/salt salt_too_short",
	} {
		_, err := timecard.DecodePlace([]byte(object))
		e, ok := errors.AsType[*domain.Error](err)
		require.True(t, ok, "%s: %v", object, err)
		require.Equal(t, want, e.Args["field"]+" "+e.Args["problem"], object)
	}
}

func TestOneBadPunchSpoilsNoUpload(t *testing.T) {
	p, _ := enrolled("d1")
	good := string(signedtest.JSON(p.Punch(noon, timecard.In)))
	b, err := timecard.DecodeBatch([]byte(`{"batch":"b1","sent_boot":"boot1","sent_mono_ms":7,"punches":[` + good +
		`,{"signed":"","signed":""},` + strings.Replace(good, "signature", "Signature", 1) + `,7]}`))
	require.NoError(t, err)
	require.Len(t, b.Items, 4)
	require.NoError(t, b.Items[0].Err)
	require.Equal(t, int64(7), *b.Items[0].SentMonoMS, "what the upload says holds for each punch")
	for _, it := range b.Items[1:] {
		require.Equal(t, "invalid_field", decidertest.Code(it.Err))
	}
	for _, bad := range []string{
		``, `[]`, `{"batch":"b1"}`, `{"batch":"b1","punches":[]}`, `{"batch":"b1","punches":[],"punches":[]}`, `{"batch":"b1","punches":{}}`,
		`{"batch":"b1","punches":[{}]} {}`, `{"batch":"b1","Punches":[{}]}`, `{"batch":"b1","batch":"b2","punches":[{}]}`, `{"batch":"../","punches":[{}]}`,
	} {
		_, err := timecard.DecodeBatch([]byte(bad))
		require.Error(t, err, bad)
	}
}

func TestTextsThatAreSigned(t *testing.T) {
	ticket := timecard.Ticket{
		Origin: ledgerName, Nonce: "AAAAAAAAAAAAAAAAAAAAAA", Emp: emp, Device: "d1", IssuedAt: noon, ExpiresAt: noon + 1000, Position: 12,
		Commitment: "AQ", Next: 3, Boot: "b", MonoMS: 9,
	}
	got, err := timecard.ParseTicket(ticket.Text())
	require.NoError(t, err)
	require.Equal(t, ticket, got)
	receipt := timecard.Receipt{
		Origin: ledgerName, Punch: "p1", Emp: emp, Outcome: "held", Reasons: []string{"chain_gap", "off_site"}, EffectiveAt: noon,
		TimeSource: timecard.Monotonic, TimeClass: "t1", ReceivedAt: noon, Signed: "x", Stream: "timecard-emp_7-202610", Revision: 4, Event: "AQ",
	}
	same, err := timecard.ParseReceipt(receipt.Text())
	require.NoError(t, err)
	require.Equal(t, receipt, same)
	_, err = timecard.ParseReceipt(ticket.Text())
	require.Error(t, err)
	_, err = timecard.ParseTicket(ticket.Text() + "more\n")
	require.Error(t, err)
}

func FuzzDecodeEnvelope(f *testing.F) {
	p := signedtest.New(ledgerName, "d1", emp)
	f.Add(signedtest.JSON(p.Punch(noon, timecard.In)))
	f.Add(signedtest.JSON(p.Sent(p.Seal(p.Body(noon, timecard.Out), []byte(`{"salt":"AAAAAAAAAAAAAAAAAAAAAA","lat_e7":1,"lon_e7":2,"crs":"wgs84"}`)), noon)))
	f.Add([]byte(`{"signed":"","signature":""}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := timecard.DecodeEnvelope(b)
		if err != nil {
			require.NotEmpty(t, decidertest.Code(err))
			return
		}
		require.Equal(t, timecard.Hash(s.Bytes), s.Hash)
		r := receiving(p)
		r.ReceivedAt = noon
		c, _, err := s.Command(r)
		if err != nil {
			return
		}
		_, err = timecard.Decide(timecard.State{}, c, timecard.Facts{})
		require.NoError(t, err, "what was taken in can be recorded")
	})
}
