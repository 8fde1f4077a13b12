package ledger_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// registry says of passkeys what a test wants, and counts how often it was asked.
type registry struct {
	check timecard.PasskeyCheck
	err   error
	asked int
}

func (r *registry) passkeys(context.Context, string, timecard.Assertion, string) (timecard.PasskeyCheck, error) {
	r.asked++
	return r.check, r.err
}

var bound = timecard.PasskeyCheck{
	State: timecard.PasskeyVerified, Credential: "c1", PublicKey: "KEY", RPID: "time.example.com", UserVerified: true, DeviceBound: true,
}

// newVerifying is a counter whose rules say what becomes of passkeys.
func newVerifying(t *testing.T, device map[string]string) (*counter, *registry) {
	t.Helper()
	c, r := newCounter(t), &registry{}
	if device != nil {
		rules := *pack(t, "cn-bj-office")
		rules.Intake = &ruleset.Intake{Device: device, Otherwise: []ruleset.IntakeCase{{Outcome: "accept", Place: "office"}}}
		c.office = foundedUnder(t, &rules)
	}
	c.Intake = ledger.NewIntake(c.Ledger, c.signer, r.passkeys)
	return c, r
}

// vouched is a punch that a passkey has signed besides.
func (c *counter) vouched(p *signedtest.Phone) timecard.Envelope {
	e := p.Sent(p.Punch(c.now, timecard.In), c.now)
	e.Passkey = &timecard.Assertion{Credential: "Y3JlZA", AuthData: "YXV0aA", ClientData: "Y2xpZW50", Signature: "c2ln"}
	return e
}

func TestWhatAPasskeyAddsToAPunch(t *testing.T) {
	with := func(change func(*timecard.PasskeyCheck)) timecard.PasskeyCheck {
		c := bound
		change(&c)
		return c
	}
	wrong := timecard.PasskeyCheck{State: timecard.PasskeyWrong, Problem: timecard.PasskeyOtherPunch}
	hold := map[string]string{"passkey_wrong": "hold", "passkey_unverified": "hold", "passkey_clone": "accept"}
	for name, x := range map[string]struct {
		check                      timecard.PasskeyCheck
		err                        error
		device                     map[string]string
		outcome, reason, assurance string
	}{
		"bound to its device":                    {bound, nil, nil, "accepted", "", "l3"},
		"that has copies":                        {with(func(c *timecard.PasskeyCheck) { c.DeviceBound = false }), nil, nil, "accepted", "", "l2"},
		"whose counter went back":                {with(func(c *timecard.PasskeyCheck) { c.CloneWarning = true }), nil, hold, "accepted", "passkey_clone", "l2"},
		"that is wrong is a label":               {wrong, nil, nil, "accepted", "passkey_wrong", "l1"},
		"that is wrong is held where rules say":  {wrong, nil, hold, "held", "passkey_wrong", "l1"},
		"nobody knows is a label":                {timecard.Unproven(timecard.PasskeyUnknown), nil, nil, "accepted", "passkey_unverified", "l1"},
		"nobody knows is held where rules say":   {timecard.Unproven(timecard.PasskeyUnknown), nil, hold, "held", "passkey_unverified", "l1"},
		"while nobody can look keeps no one out": {timecard.PasskeyCheck{}, errors.New("the disk is gone"), nil, "accepted", "passkey_unverified", "l1"},
	} {
		t.Run("a passkey "+name, func(t *testing.T) {
			for _, batch := range []bool{false, true} {
				c, r := newVerifying(t, x.device)
				r.check, r.err = x.check, x.err
				p := c.phone("d1", "e1")
				c.later(domain.Minute)
				e := c.vouched(p)
				send := func() ledger.Answer {
					if batch {
						return c.upload("e1", "b1", e)[0]
					}
					return c.send("e1", e)
				}
				a := send()
				require.NoError(t, a.Err)
				require.Equal(t, x.outcome, a.Receipt.Outcome, "%v", a.Receipt.Reasons)
				require.Equal(t, x.assurance, a.Receipt.Assurance)
				if x.reason != "" {
					require.Equal(t, []string{x.reason}, a.Receipt.Reasons)
				}
				c.later(domain.Minute)
				require.Equal(t, a.Note, send().Note)
				require.Equal(t, 1, r.asked, "a punch that comes again would look as if its passkey had been copied")
			}
		})
	}
}

func TestAPasskeyThatIsRegisteredLaterIsVerifiedLater(t *testing.T) {
	c, r := newVerifying(t, map[string]string{"passkey_unverified": "hold"})
	r.check = timecard.Unproven(timecard.PasskeyUnknown)
	p := c.phone("d1", "e1")
	c.later(domain.Minute)
	first := c.send("e1", c.vouched(p))
	require.Equal(t, "held", first.Receipt.Outcome)
	forged := c.vouched(p)
	forged.Signature = first.Receipt.Signed
	require.Contains(t, c.send("e1", forged).Receipt.Punch, "bad.")
	c.later(domain.Hour)
	found, err := c.Identify(t.Context(), boss, "e1")
	require.NoError(t, err)
	require.Empty(t, found, "still unknown")
	again := func() ledger.Told {
		told, err := c.PunchOf(t.Context(), "e1", first.Punch)
		require.NoError(t, err)
		return told
	}
	told := again()
	verdict, sound, err := c.JudgeAgain(t.Context(), &told, nothingToOpen)
	require.NoError(t, err)
	require.True(t, sound)
	require.Equal(t, "held", verdict.To)

	r.check = bound
	found, err = c.Identify(t.Context(), boss, "e1")
	require.NoError(t, err)
	require.Equal(t, []ledger.Identified{{Emp: "e1", Punch: first.Punch, Assurance: "l3", Check: bound}}, found, "the forged one is nobody's")
	head := len(c.records())
	found, err = c.Identify(t.Context(), boss, "e1")
	require.NoError(t, err)
	require.Empty(t, found)
	require.Len(t, c.records(), head, "nothing new")

	told = again()
	require.Equal(t, timecard.Held, told.State, "it changes no outcome by itself")
	require.Equal(t, "l3", told.Assurance)
	verdict, _, err = c.JudgeAgain(t.Context(), &told, nothingToOpen)
	require.NoError(t, err)
	require.Equal(t, "accepted", verdict.To)
	a, err := c.ReceiptOn(t.Context(), told.Card, told.ID)
	require.NoError(t, err)
	require.Equal(t, first.Note, a.Note, "the receipt stays what it was")
	require.Equal(t, &bound, a.Receipt.Passkey, "what is told beside it does not")

	r.err = errors.New("the disk is gone")
	c.send("e1", c.vouched(p))
	_, err = c.Identify(t.Context(), boss, "e1")
	require.ErrorIs(t, err, r.err)
}

func nothingToOpen(context.Context, string, string, domain.Secret) ([]byte, error) { return nil, nil }
