package access

// Action is what somebody wants to do, named object.verb. Acts on one object that show the same are one action, so that listing,
// reading and exporting it never differ.
type Action string

// The actions.
const (
	PunchRecord Action = "punch.record" // record own punches, also late
	PunchRead   Action = "punch.read"   // see punches and their receipts, refused ones too
	PunchJudge  Action = "punch.judge"  // release, refuse, admit
	PunchAppeal Action = "punch.appeal" // ask for another look at a refusal
	PunchEnter  Action = "punch.enter"  // add, void, move, redirect by hand
	PunchRepeat Action = "punch.repeat" // judge refused punches again in bulk

	DayRead     Action = "day.read"     // days, anomalies, rows, why
	DayAttest   Action = "day.attest"   // agree or dispute
	AnomalyEdit Action = "anomaly.edit" // acknowledge, waive
	TeamRead    Action = "team.read"    // who is in, team month
	PayRead     Action = "pay.read"     // payroll rows by cursor

	RequestFile     Action = "request.file"     // submit, add evidence, withdraw
	RequestRead     Action = "request.read"     // see requests, slots, previews
	RequestDecide   Action = "request.decide"   // approve, reject, return
	RequestRevoke   Action = "request.revoke"   // take an approval back
	RequestReassign Action = "request.reassign" // give steps to others
	RequestRecord   Action = "request.record"   // record a decision of another system
	DelegationSet   Action = "delegation.set"   // name a deputy
	DelegationLeave Action = "delegation.leave" // see for whom one stands in, and stop
	BankRead        Action = "bank.read"
	BankPost        Action = "bank.post"

	EvidenceRead Action = "evidence.read" // photos and files; each read is recorded
	LocationRead Action = "location.read" // where a punch was made; each read is recorded

	DeviceUse    Action = "device.use"    // enrol, retire and list own devices
	DeviceRead   Action = "device.read"   // devices that are somebody's
	DeviceEdit   Action = "device.edit"   // confirm, trust, block, hand over
	TerminalRead Action = "terminal.read" // clocks and kiosks, which are nobody's
	TerminalEdit Action = "terminal.edit" // the same: their clocks, trust and imports

	PersonRead Action = "person.read" // name, group, manager, terms
	PersonEdit Action = "person.edit" // register, change, end
	PeopleList Action = "people.list" // names and groups; asked without a subject, and of each person who is to be listed
	GroupEdit  Action = "group.edit"  // groups, org units, pay groups, employers
	SiteRead   Action = "site.read"   // names and zones, without fences
	SiteEdit   Action = "site.edit"   // fences, networks, codes
	RosterRead Action = "roster.read"
	RosterEdit Action = "roster.edit"

	RulesRead    Action = "rules.read"
	RulesEdit    Action = "rules.edit" // draft, publish, withdraw, bind
	RulesReview  Action = "rules.review"
	RulesTry     Action = "rules.try" // what-if
	CalendarEdit Action = "calendar.edit"

	IdentityUse  Action = "identity.use"  // own sessions, passkeys, password, tokens
	IdentityEdit Action = "identity.edit" // invite, reset, end sessions of others who hold no grant
	HolderEdit   Action = "holder.edit"   // the same for those who hold one: it would hand their rights over
	GrantRead    Action = "grant.read"
	GrantEdit    Action = "grant.edit"
	PolicyEdit   Action = "policy.edit"
	RegisterRead Action = "register.read" // privileged acts, each asked for with the person it is about
	LogRead      Action = "log.read"      // raw events
	ReadsRead    Action = "reads.read"    // who read one's evidence and location
	InboxRead    Action = "inbox.read"    // what waits for oneself
	LedgerCheck  Action = "ledger.check"  // verify
)

// rule says who may carry out an action. Of notSelf ones nobody is the subject, whatever other role they have.
type rule struct {
	allow   []Standing
	notSelf bool
}

var (
	self   = Standing{Employee, Self}
	team   = Standing{Manager, Team}
	deputy = Standing{Manager, Deputy}
	device = Standing{Device, AtDevice}
)

// in, anyone and whole are standings by a grant: about somebody in its scope, without a subject, and about everybody at once.
func in(r Role) Standing     { return Standing{r, InScope} }
func anyone(r Role) Standing { return Standing{r, NoOne} }
func whole(r Role) Standing  { return Standing{r, Whole} }

func allow(s ...Standing) rule  { return rule{allow: s} }
func others(s ...Standing) rule { return rule{allow: s, notSelf: true} }

// everyRole is everybody who can log in.
func everyRole() rule {
	r := rule{}
	for _, role := range Roles() {
		if role != Device {
			r.allow = append(r.allow, anyone(role))
		}
	}
	return r
}

// table is the whole policy. docs/access.md shows it.
var table = map[Action]rule{
	PunchRecord: allow(self, device),
	PunchRead:   allow(self, team, deputy, in(HR), in(Auditor)),
	PunchJudge:  others(team, deputy, in(HR)),
	PunchAppeal: allow(self),
	PunchEnter:  others(in(HR)),
	PunchRepeat: allow(whole(HR)),

	DayRead:     allow(self, team, deputy, in(HR), in(Payroll), in(Auditor)),
	DayAttest:   allow(self),
	AnomalyEdit: others(team, deputy, in(HR)),
	TeamRead:    allow(team, deputy, in(HR)),
	PayRead:     allow(in(Payroll), in(Auditor)),

	RequestFile:     allow(self, in(HR)),
	RequestRead:     allow(self, team, deputy, in(HR), in(Auditor)),
	RequestDecide:   others(team, deputy, in(HR)),
	RequestRevoke:   others(in(HR)),
	RequestReassign: others(in(HR)),
	RequestRecord:   others(in(HR)),
	DelegationSet:   allow(self, team, in(HR)),
	DelegationLeave: allow(self),
	BankRead:        allow(self, team, deputy, in(HR), in(Payroll), in(Auditor)),
	BankPost:        others(in(HR)),

	EvidenceRead: allow(self, team, deputy, in(HR), in(Auditor)),
	LocationRead: allow(self, in(HR), in(Auditor)),

	DeviceUse:    allow(self),
	DeviceRead:   allow(self, team, deputy, in(HR), in(Auditor)),
	DeviceEdit:   others(team, deputy, in(HR)),
	TerminalRead: allow(whole(HR), whole(Auditor)),
	TerminalEdit: allow(whole(HR)),

	PersonRead: allow(self, team, deputy, in(HR), in(Payroll), in(Auditor), in(PrivacyOfficer)),
	PersonEdit: others(in(HR)),
	PeopleList: allow(self, team, deputy, in(HR), in(Payroll), in(Auditor), in(PrivacyOfficer), in(Owner),
		anyone(Manager), anyone(HR), anyone(Payroll), anyone(Auditor), anyone(PrivacyOfficer), anyone(Owner)),
	GroupEdit:  allow(whole(HR)),
	SiteRead:   allow(anyone(Employee), anyone(HR), anyone(RulesAdmin), anyone(Auditor), anyone(Owner)),
	SiteEdit:   allow(whole(HR)),
	RosterRead: allow(self, team, deputy, in(HR), in(Auditor)),
	RosterEdit: others(team, deputy, in(HR)),

	RulesRead:    everyRole(),
	RulesEdit:    allow(whole(RulesAdmin)),
	RulesReview:  allow(whole(HR), whole(RulesAdmin), anyone(Representative)),
	RulesTry:     allow(whole(HR), whole(RulesAdmin)),
	CalendarEdit: allow(whole(RulesAdmin)),

	IdentityUse:  everyRole(),
	IdentityEdit: others(in(HR), in(Owner)),
	HolderEdit:   others(in(Owner)),
	GrantRead:    allow(self, in(Auditor), in(Owner), anyone(Auditor), anyone(Owner)),
	GrantEdit:    others(in(Owner)),
	PolicyEdit:   allow(whole(Owner)),
	RegisterRead: allow(self, in(Auditor), in(Representative), anyone(Auditor), anyone(Representative)),
	LogRead:      allow(whole(Auditor)),
	ReadsRead:    allow(self, in(PrivacyOfficer)),
	InboxRead:    allow(anyone(Employee), anyone(HR), anyone(Owner)),
	LedgerCheck:  allow(anyone(Auditor), anyone(Representative), anyone(Owner)),
}
