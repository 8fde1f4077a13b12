package access

import "github.com/punchledger/punchledger/domain"

// Categories returns the stream categories of this package.
func Categories() []string { return []string{"grant"} }

// Events returns the zero value of every event type of this package.
func Events() []domain.Event {
	return []domain.Event{
		AccessGranted{}, AccessConfirmed{}, AccessRevoked{}, PrincipalNamed{}, CredentialAdded{}, CredentialRemoved{},
	}
}

// Upcasters returns the upcasters of this package; no schema has changed yet.
func Upcasters() []domain.Upcaster { return nil }

// Event is an event of a stream grant-{principal}.
//
//sumtype:decl
type Event interface {
	domain.Event
	grantEvent()
}

// AccessGranted gives a role to somebody, over some people, for a purpose and a time. Written by an owner, or at the machine of the
// ledger. While pending it gives nothing: a second person has to confirm it.
type AccessGranted struct {
	Principal string      `json:"principal"`
	Grant     string      `json:"grant"` // names it in the stream
	Role      Role        `json:"role"`
	Scope     Scope       `json:"scope,omitzero"`       // whom it is about; without it everybody
	Purpose   string      `json:"purpose"`              // why, in clear
	From      domain.Date `json:"from"`                 // first date on which it may be used
	To        domain.Date `json:"to,omitzero"`          // first date on which it may not; open for owners only
	By        string      `json:"by"`                   // who gave it
	AtMachine bool        `json:"at_machine,omitempty"` // given by the command line, with the rights of whoever owns the files; who it was is a claim
	Pending   bool        `json:"pending,omitempty"`    // waits for AccessConfirmed
}

// AccessConfirmed is the word of a second person, without which a grant under dual control gives nothing.
type AccessConfirmed struct {
	Principal string `json:"principal"`
	Grant     string `json:"grant"`
	By        string `json:"by"`
	AtMachine bool   `json:"at_machine,omitempty"`
}

// AccessRevoked ends a grant at once.
type AccessRevoked struct {
	Principal string `json:"principal"`
	Grant     string `json:"grant"`
	Reason    string `json:"reason"`
	By        string `json:"by"`
	AtMachine bool   `json:"at_machine,omitempty"`
}

// PrincipalNamed says who a principal is that is no employee, such as an auditor from outside.
type PrincipalNamed struct {
	Principal string        `json:"principal"`
	Name      domain.Secret `json:"name"`
}

// CredentialAdded says that somebody can prove who they are in a new way. It holds no secret: what is compared lies outside the ledger.
type CredentialAdded struct {
	Principal  string `json:"principal"`
	Credential string `json:"credential"` // names it
	Kind       string `json:"kind"`       // passkey, password, totp, recovery, oidc, token, pin, badge
}

// CredentialRemoved says that a credential does not count any more.
type CredentialRemoved struct {
	Principal  string `json:"principal"`
	Credential string `json:"credential"`
	Reason     string `json:"reason"`
}

// EventType returns the stored name.
func (AccessGranted) EventType() string { return "AccessGranted" }

// EventType returns the stored name.
func (AccessConfirmed) EventType() string { return "AccessConfirmed" }

// EventType returns the stored name.
func (AccessRevoked) EventType() string { return "AccessRevoked" }

// EventType returns the stored name.
func (PrincipalNamed) EventType() string { return "PrincipalNamed" }

// EventType returns the stored name.
func (CredentialAdded) EventType() string { return "CredentialAdded" }

// EventType returns the stored name.
func (CredentialRemoved) EventType() string { return "CredentialRemoved" }

func (AccessGranted) grantEvent()     {}
func (AccessConfirmed) grantEvent()   {}
func (AccessRevoked) grantEvent()     {}
func (PrincipalNamed) grantEvent()    {}
func (CredentialAdded) grantEvent()   {}
func (CredentialRemoved) grantEvent() {}
