package people

// OrgCommand is a wish about the organisation. All go to the stream org-main.
//
//sumtype:decl
type OrgCommand interface {
	Stream() string
	orgCommand()
}

// OrgStream is the one stream of the organisation.
const OrgStream = "org-main"

// CreateLedger asks for LedgerCreated.
type CreateLedger struct {
	Origin      string
	Predecessor string
	VaultCheck  string
}

// DescribeOrganisation asks for OrganisationDescribed.
type DescribeOrganisation struct {
	Name string
	TZ   string
	Lang string
}

// SetPolicy asks for PolicySet. Turning dual control off needs two approvers beside the one who acts.
type SetPolicy struct {
	Policy    string
	Value     string
	Approvers []string
	ActorID   string `mac:"none"`
}

// DefineOrgUnit asks for OrgUnitDefined.
type DefineOrgUnit struct {
	Unit   string
	Title  string
	Parent string
}

// DefinePayGroup asks for PayGroupDefined.
type DefinePayGroup struct {
	PayGroup string
	Title    string
	Employer string
}

// RotateSealKey asks for SealKeyRotated.
type RotateSealKey struct {
	KeyID     string
	PublicKey string
}

// Stream returns the target stream.
func (RotateSealKey) Stream() string { return OrgStream }

// Stream returns the target stream.
func (CreateLedger) Stream() string { return OrgStream }

// Stream returns the target stream.
func (DescribeOrganisation) Stream() string { return OrgStream }

// Stream returns the target stream.
func (SetPolicy) Stream() string { return OrgStream }

// Stream returns the target stream.
func (DefinePayGroup) Stream() string { return OrgStream }

// Stream returns the target stream.
func (DefineOrgUnit) Stream() string { return OrgStream }

func (CreateLedger) orgCommand()         {}
func (DescribeOrganisation) orgCommand() {}
func (SetPolicy) orgCommand()            {}
func (DefinePayGroup) orgCommand()       {}
func (RotateSealKey) orgCommand()        {}
func (DefineOrgUnit) orgCommand()        {}
