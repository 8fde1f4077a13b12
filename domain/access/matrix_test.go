package access_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/access"
)

// matrix is who may do what, written by hand from the duties of each role, not from the table that it is compared with. A cell is a
// role and, after the colon, its relation: in is a subject in the scope of the grant, any an act without a subject, whole one that
// concerns everybody. The mark ! says that nobody does it about themselves.
const matrix = `
punch.record      me device
punch.read        me team deputy hr:in auditor:in
punch.judge     ! team deputy hr:in
punch.appeal      me
punch.enter     ! hr:in
punch.repeat      hr:whole
day.read          me team deputy hr:in payroll:in auditor:in
day.attest        me
anomaly.edit    ! team deputy hr:in
team.read         team deputy hr:in
pay.read          payroll:in auditor:in
request.file      me hr:in
request.read      me team deputy hr:in auditor:in
request.decide  ! team deputy hr:in
request.revoke  ! hr:in
request.reassign ! hr:in
request.record  ! hr:in
delegation.set    me team hr:in
delegation.leave  me
bank.read         me team deputy hr:in payroll:in auditor:in
bank.post       ! hr:in
evidence.read     me team deputy hr:in auditor:in
location.read     me hr:in auditor:in
device.use        me
device.read       me team deputy hr:in auditor:in
device.edit     ! team deputy hr:in
terminal.read     hr:whole auditor:whole
terminal.edit     hr:whole
person.read       me team deputy hr:in payroll:in auditor:in privacy:in
person.edit     ! hr:in
people.list       me team deputy hr:in payroll:in auditor:in privacy:in owner:in manager:any hr:any payroll:any auditor:any privacy:any owner:any
group.edit        hr:whole
site.read         employee:any hr:any rules:any auditor:any owner:any
site.edit         hr:whole
roster.read       me team deputy hr:in auditor:in
roster.edit     ! team deputy hr:in
rules.read        employee:any manager:any hr:any rules:any payroll:any auditor:any representative:any privacy:any owner:any
rules.edit        rules:whole
rules.review      hr:whole rules:whole representative:any
rules.try         hr:whole rules:whole
calendar.edit     rules:whole
identity.use      employee:any manager:any hr:any rules:any payroll:any auditor:any representative:any privacy:any owner:any
identity.edit   ! hr:in owner:in
holder.edit     ! owner:in
grant.read        me auditor:in owner:in auditor:any owner:any
grant.edit      ! owner:in
policy.edit       owner:whole
register.read     me auditor:in representative:in auditor:any representative:any
log.read          auditor:whole
reads.read        me privacy:in
inbox.read        employee:any hr:any owner:any
ledger.check      auditor:any representative:any owner:any
`

var cells = map[string]access.Standing{
	"me":     {Role: access.Employee, Relation: access.Self},
	"team":   {Role: access.Manager, Relation: access.Team},
	"deputy": {Role: access.Manager, Relation: access.Deputy},
	"device": {Role: access.Device, Relation: access.AtDevice},
}

var relations = map[string]access.Relation{"in": access.InScope, "any": access.NoOne, "whole": access.Whole}

// expected is one line of the matrix.
type expected struct {
	allowed map[access.Standing]bool
	notSelf bool
}

func readMatrix(t *testing.T) map[access.Action]expected {
	t.Helper()
	out := map[access.Action]expected{}
	for line := range strings.Lines(strings.TrimSpace(matrix)) {
		words := strings.Fields(line)
		x := expected{allowed: map[access.Standing]bool{}}
		for _, w := range words[1:] {
			s, plain := cells[w]
			role, relation, granted := strings.Cut(w, ":")
			switch {
			case w == "!":
				x.notSelf = true
				continue
			case granted:
				s = access.Standing{Role: access.Role(role), Relation: relations[relation]}
				require.NotEmpty(t, s.Relation, w)
				require.Contains(t, access.Roles(), s.Role, w)
			default:
				require.True(t, plain, w)
			}
			x.allowed[s] = true
		}
		out[access.Action(words[0])] = x
	}
	return out
}

func TestEveryCellOfTheTableIsAsItWasWrittenByHand(t *testing.T) {
	want := readMatrix(t)
	asserted := 0
	for _, a := range access.Actions() {
		x, ok := want[a]
		require.True(t, ok, "%s has no line in the matrix", a)
		for _, role := range access.Roles() {
			for _, relation := range access.Relations() {
				s := access.Standing{Role: role, Relation: relation}
				t.Run(fmt.Sprintf("%s %s %s", a, role, relation), func(t *testing.T) {
					got, ok := access.Allowed(a, []access.Standing{s})
					require.Equal(t, x.allowed[s], ok)
					if ok {
						require.Equal(t, s, got)
					}
					self := access.Standing{Relation: access.Self} // the subject, in no role
					_, ok = access.Allowed(a, []access.Standing{s, self})
					require.Equal(t, x.allowed[s] && !x.notSelf, ok, "about themselves")
				})
				asserted += 2
			}
		}
		delete(want, a)
	}
	require.Empty(t, want, "lines without an action")
	t.Logf("%d actions, %d cells", len(access.Actions()), asserted)
}

func TestWhatIsNotInTheTableIsForbidden(t *testing.T) {
	var all []access.Standing
	for _, role := range access.Roles() {
		for _, relation := range access.Relations() {
			if relation != access.Self {
				all = append(all, access.Standing{Role: role, Relation: relation})
			}
		}
	}
	_, ok := access.Allowed("punch.erase", all)
	require.False(t, ok, "an action without a rule")
	for _, a := range access.Actions() {
		_, ok := access.Allowed(a, nil)
		require.False(t, ok, "%s by a stranger", a)
		for _, role := range access.Roles() {
			_, ok := access.Allowed(a, []access.Standing{{Role: role, Relation: access.Outside}})
			require.False(t, ok, "%s as %s about somebody outside", a, role)
		}
	}
}

// writes are the verbs by which something of a person is changed.
var writes = []string{"judge", "enter", "edit", "decide", "revoke", "reassign", "record", "post"}

func TestNobodyDecidesAboutThemselves(t *testing.T) {
	for _, a := range access.Actions() {
		standings, notSelf := access.Permitted(a)
		require.NotEmpty(t, standings, a)
		_, verb, _ := strings.Cut(string(a), ".")
		aboutSomebody := slices.ContainsFunc(standings, func(s access.Standing) bool {
			return s.Relation == access.Team || s.Relation == access.InScope
		})
		if aboutSomebody && slices.Contains(writes, verb) {
			require.True(t, notSelf, "%s changes what is somebody's, so its subject does not do it", a)
		}
		require.False(t, notSelf && slices.ContainsFunc(standings, func(s access.Standing) bool { return s.Relation == access.Self }), a)
	}
}

// reading are acts that show one object; who may see it one way may see it the other way.
func TestActsOnOneObjectThatShowTheSameAgree(t *testing.T) {
	for change, show := range map[access.Action]access.Action{
		access.PunchJudge: access.PunchRead, access.PunchEnter: access.PunchRead, access.AnomalyEdit: access.DayRead,
		access.RequestDecide: access.RequestRead, access.RequestRevoke: access.RequestRead, access.BankPost: access.BankRead,
		access.DeviceEdit: access.DeviceRead, access.TerminalEdit: access.TerminalRead, access.PersonEdit: access.PersonRead,
		access.PersonRead: access.PeopleList, access.SiteEdit: access.SiteRead, access.RosterEdit: access.RosterRead,
		access.GrantEdit: access.GrantRead, access.RulesEdit: access.RulesRead, access.TeamRead: access.DayRead,
		access.LocationRead: access.PunchRead, access.EvidenceRead: access.RequestRead,
	} {
		standings, _ := access.Permitted(change)
		for _, s := range standings {
			if s.Relation == access.Whole { // who has it has the narrower one too
				_, whole := access.Allowed(show, []access.Standing{s})
				_, narrow := access.Allowed(show, []access.Standing{{Role: s.Role, Relation: access.NoOne}})
				require.True(t, whole || narrow, "%s but not %s as %v", change, show, s)
				continue
			}
			_, ok := access.Allowed(show, []access.Standing{s})
			require.True(t, ok, "%s but not %s as %v", change, show, s)
		}
	}
}
