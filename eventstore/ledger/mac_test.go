package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// TestWhatAMACCoversNeverChanges keeps the form of commands in MACs: a command that an earlier build carried out must be known again.
// A line here is never edited; a renamed type or field keeps its old name in the form.
func TestWhatAMACCoversNeverChanges(t *testing.T) {
	at := domain.Instant(1_791_100_000_000)
	for _, c := range []struct {
		command ledger.Command
		want    string
	}{
		{
			people.RegisterEmployee{Emp: "e1", Name: "张伟", HiredOn: domain.NewDate(2026, 1, 5), Terms: people.Terms{Group: "bj", Tags: []string{"hybrid"}}},
			`RegisterEmployee{Emp:"e1";Name:secret;HiredOn:739621;Terms:{Group:"bj";Tags:[1 "hybrid",];};}`,
		},
		{
			people.AssignBadge{Emp: "e1", Badge: "824", BadgeMAC: "ab", From: 739621},
			`AssignBadge{Emp:"e1";Badge:secret;BadgeMAC:"ab";From:739621;}`,
		},
		{schedule.TurnDay{TZ: "Asia/Tokyo", Date: 739621, Now: at}, `TurnDay{TZ:"Asia/Tokyo";Date:739621;}`},
		{
			place.AttributePunches{Device: "k1", ReceivedOn: 739621, Rows: []string{"p1", "p2"}, Emp: "e1"},
			`AttributePunches{Device:"k1";ReceivedOn:739621;Rows:[2 "p1","p2",];Emp:"e1";}`,
		},
		{
			request.RecordExternalDecision{Request: "r1", Emp: "e1", Kind: request.Overtime, Target: request.Target{Date: 739621, From: at}, Text: domain.NewSecret(domain.ClassText, "x")},
			`RecordExternalDecision{Request:"r1";Emp:"e1";Kind:"overtime";Target:{Date:739621;From:1791100000000;};Text:secret:text;}`,
		},
		{
			timecard.RecordPunch{Details: timecard.PunchDetails{Emp: "e1", Punch: "p1", Dir: timecard.In, ClaimedAt: "2026-10-08T09:00:00", ReceivedAt: at, EffectiveAt: at, Device: "k1", Channel: timecard.ChannelImport}},
			`punch "e1" "p1" "in" "2026-10-08T09:00:00" 0 "k1" 0 "" "" "import" "" ""`,
		},
	} {
		require.Equal(t, c.want, string(ledger.MACContent(c.command)))
	}
}
