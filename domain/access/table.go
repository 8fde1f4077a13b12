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
	BankRead        Action = "bank.read"
	BankPost        Action = "bank.post"

	EvidenceRead Action = "evidence.read" // photos and files; each read is recorded
	LocationRead Action = "location.read" // where a punch was made; each read is recorded

	DeviceUse    Action = "device.use"    // enrol, retire and list own devices
	DeviceRead   Action = "device.read"   // devices of others
	DeviceEdit   Action = "device.edit"   // confirm, trust, block, hand over
	TerminalEdit Action = "terminal.edit" // clocks and kiosks, their clocks and imports

	PersonRead Action = "person.read" // name, group, manager, terms
	PersonEdit Action = "person.edit" // register, change, end
	PeopleList Action = "people.list" // names and groups of everybody in view
	GroupEdit  Action = "group.edit"
	SiteRead   Action = "site.read" // names and zones, without fences
	SiteEdit   Action = "site.edit" // fences, networks, codes
	RosterRead Action = "roster.read"
	RosterEdit Action = "roster.edit"

	RulesRead    Action = "rules.read"
	RulesEdit    Action = "rules.edit" // draft, publish, withdraw, bind
	RulesReview  Action = "rules.review"
	RulesTry     Action = "rules.try" // what-if
	CalendarEdit Action = "calendar.edit"

	IdentityUse  Action = "identity.use"  // own sessions, passkeys, password, tokens
	IdentityEdit Action = "identity.edit" // invite, reset, end sessions of others
	GrantRead    Action = "grant.read"
	GrantEdit    Action = "grant.edit"
	PolicyEdit   Action = "policy.edit"
	RegisterRead Action = "register.read" // privileged acts
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
	self     = Standing{Employee, Self}
	team     = Standing{Manager, Team}
	deputy   = Standing{Manager, Deputy}
	hr       = Standing{HR, InScope}
	payroll  = Standing{Payroll, InScope}
	auditor  = Standing{Auditor, InScope}
	privacy  = Standing{PrivacyOfficer, InScope}
	council  = Standing{Representative, InScope}
	owner    = Standing{Owner, NoOne}
	rules    = Standing{RulesAdmin, NoOne}
	hrAll    = Standing{HR, NoOne}
	auditAll = Standing{Auditor, NoOne}
	anybody  = Standing{Employee, NoOne}
	device   = Standing{Device, AtDevice}
)

func allow(s ...Standing) rule  { return rule{allow: s} }
func others(s ...Standing) rule { return rule{allow: s, notSelf: true} }

// table is the whole policy. NoOne stands for acts without a subject, InScope for those with one.
var table = map[Action]rule{
	PunchRecord: allow(self, device),
	PunchRead:   allow(self, team, deputy, hr, auditor),
	PunchJudge:  others(team, deputy, hr),
	PunchAppeal: allow(self),
	PunchEnter:  others(hr),
	PunchRepeat: allow(hrAll),

	DayRead:     allow(self, team, deputy, hr, payroll, auditor),
	DayAttest:   allow(self),
	AnomalyEdit: others(team, deputy, hr),
	TeamRead:    allow(team, deputy, hr),
	PayRead:     allow(payroll, auditor),

	RequestFile:     allow(self, hr),
	RequestRead:     allow(self, team, deputy, hr, auditor),
	RequestDecide:   others(team, deputy, hr),
	RequestRevoke:   others(hr),
	RequestReassign: others(hr),
	RequestRecord:   others(hr),
	DelegationSet:   allow(self, team, hr),
	BankRead:        allow(self, team, deputy, hr, payroll, auditor),
	BankPost:        others(hr),

	EvidenceRead: allow(self, team, deputy, hr, auditor),
	LocationRead: allow(self, hr, auditor),

	DeviceUse:    allow(self),
	DeviceRead:   allow(self, hr, auditor),
	DeviceEdit:   others(team, deputy, hr),
	TerminalEdit: allow(hrAll),

	PersonRead: allow(self, team, deputy, hr, payroll, auditor, privacy),
	PersonEdit: others(hr),
	PeopleList: allow(hrAll, owner, auditAll),
	GroupEdit:  allow(hrAll),
	SiteRead:   allow(anybody, hrAll, rules, owner, auditAll),
	SiteEdit:   allow(hrAll),
	RosterRead: allow(self, team, deputy, hr, auditor),
	RosterEdit: allow(team, deputy, hr),

	RulesRead:    allow(anybody, hrAll, rules, owner, auditAll, Standing{Payroll, NoOne}, Standing{Representative, NoOne}),
	RulesEdit:    allow(rules),
	RulesReview:  allow(rules, hrAll, Standing{Representative, NoOne}),
	RulesTry:     allow(rules, hrAll),
	CalendarEdit: allow(rules),

	IdentityUse:  allow(anybody, hrAll, rules, owner, auditAll, Standing{Payroll, NoOne}, Standing{Representative, NoOne}, Standing{PrivacyOfficer, NoOne}),
	IdentityEdit: others(hr, Standing{Owner, InScope}),
	GrantRead:    allow(owner, auditAll),
	GrantEdit:    others(Standing{Owner, InScope}),
	PolicyEdit:   allow(owner),
	RegisterRead: allow(auditAll, council, Standing{Representative, NoOne}),
	LogRead:      allow(auditAll),
	ReadsRead:    allow(self, privacy),
	InboxRead:    allow(anybody, hrAll),
	LedgerCheck:  allow(auditAll, owner),
}
