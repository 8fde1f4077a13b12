package access

import "github.com/punchledger/punchledger/domain"

// Command is a wish about what one principal may do.
//
//sumtype:decl
type Command interface {
	Stream() string
	accessCommand()
}

// Stream returns the name of the stream of a principal.
func Stream(principal string) string { return "grant-" + principal }

// GrantAccess asks for AccessGranted. AtMachine says that the command comes from whoever owns the files of the ledger: it needs no
// grant of the one who acts. Only the command line sets it.
type GrantAccess struct {
	Principal string
	Grant     string
	Role      Role
	Scope     Scope
	Purpose   string
	From, To  domain.Date
	ActorID   string
	AtMachine bool
}

// ConfirmAccess asks for AccessConfirmed.
type ConfirmAccess struct {
	Principal string
	Grant     string
	ActorID   string
	AtMachine bool
}

// RevokeAccess asks for AccessRevoked.
type RevokeAccess struct {
	Principal string
	Grant     string
	Reason    string
	ActorID   string
	AtMachine bool
}

// NamePrincipal asks for PrincipalNamed.
type NamePrincipal struct {
	Principal string
	Name      string `mac:"secret"`
}

// AddCredential asks for CredentialAdded.
type AddCredential struct {
	Principal  string
	Credential string
	Kind       string
}

// RemoveCredential asks for CredentialRemoved.
type RemoveCredential struct {
	Principal  string
	Credential string
	Reason     string
}

// Stream returns the target stream.
func (c GrantAccess) Stream() string { return Stream(c.Principal) }

// Stream returns the target stream.
func (c ConfirmAccess) Stream() string { return Stream(c.Principal) }

// Stream returns the target stream.
func (c RevokeAccess) Stream() string { return Stream(c.Principal) }

// Stream returns the target stream.
func (c NamePrincipal) Stream() string { return Stream(c.Principal) }

// Stream returns the target stream.
func (c AddCredential) Stream() string { return Stream(c.Principal) }

// Stream returns the target stream.
func (c RemoveCredential) Stream() string { return Stream(c.Principal) }

func (GrantAccess) accessCommand()      {}
func (ConfirmAccess) accessCommand()    {}
func (RevokeAccess) accessCommand()     {}
func (NamePrincipal) accessCommand()    {}
func (AddCredential) accessCommand()    {}
func (RemoveCredential) accessCommand() {}
