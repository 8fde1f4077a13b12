package people

import "github.com/punchledger/punchledger/domain"

// OrgEvent is an event of the stream org-main.
//
//sumtype:decl
type OrgEvent interface {
	domain.Event
	orgEvent()
}

// LedgerCreated is the first event of a ledger, written once when it is set up.
type LedgerCreated struct {
	Origin      string `json:"origin"`                // names the ledger for ever, in seals and receipts
	Predecessor string `json:"predecessor,omitempty"` // origin of the ledger that this one carries on
	VaultCheck  string `json:"vault_check,omitempty"` // of the origin under the vault's ledger key, in hex: tells whether a vault is the ledger's
}

// OrganisationDescribed says who keeps the ledger. Written by an administrator; the last one holds.
type OrganisationDescribed struct {
	Name string `json:"name"`           // on reports
	TZ   string `json:"tz,omitempty"`   // time zone where none is named
	Lang string `json:"lang,omitempty"` // language where none is named: zh-CN, en
}

// PolicySet sets one policy of the organisation from now on. Written by an administrator.
type PolicySet struct {
	Policy    string   `json:"policy"`              // dual_control, device_limit, unconfirmed_devices, unsigned_punches, kiosk_proof
	Value     string   `json:"value"`               // on or off; 1 to 10; hold or label
	Approvers []string `json:"approvers,omitempty"` // the people behind a change that needs two
}

// PayGroupDefined names a set of people of one employer who are paid together; a later one of the same id changes the title.
type PayGroupDefined struct {
	PayGroup string `json:"pay_group"`
	Title    string `json:"title"`
	Employer string `json:"employer"`
}

// SealKeyRotated names the key by which the ledger signs receipts and tickets from now on. Notes of earlier keys stay valid. Written
// when the ledger is made, and when it gets another key.
type SealKeyRotated struct {
	KeyID     string `json:"key_id"`     // as in the notes: eight hexadecimal digits
	PublicKey string `json:"public_key"` // Ed25519: SubjectPublicKeyInfo as DER in base64
	Previous  string `json:"previous,omitempty"`
}

// EventType returns the stored name.
func (SealKeyRotated) EventType() string { return "SealKeyRotated" }

// OrgUnitDefined names a department or team, and the one that it is part of; a later one of the same id changes both. Written by HR.
type OrgUnitDefined struct {
	Unit   string `json:"unit"`
	Title  string `json:"title"`
	Parent string `json:"parent,omitempty"`
}

// EventType returns the stored name.
func (LedgerCreated) EventType() string { return "LedgerCreated" }

// EventType returns the stored name.
func (OrganisationDescribed) EventType() string { return "OrganisationDescribed" }

// EventType returns the stored name.
func (PolicySet) EventType() string { return "PolicySet" }

// EventType returns the stored name.
func (PayGroupDefined) EventType() string { return "PayGroupDefined" }

// EventType returns the stored name.
func (OrgUnitDefined) EventType() string { return "OrgUnitDefined" }

func (LedgerCreated) orgEvent()         {}
func (OrganisationDescribed) orgEvent() {}
func (PolicySet) orgEvent()             {}
func (PayGroupDefined) orgEvent()       {}
func (SealKeyRotated) orgEvent()        {}
func (OrgUnitDefined) orgEvent()        {}
