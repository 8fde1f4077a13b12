package people

import "github.com/punchledger/punchledger/domain"

// GroupCommand is a wish about an attendance group.
//
//sumtype:decl
type GroupCommand interface {
	Stream() string
	groupCommand()
}

// CreateGroup asks for GroupCreated.
type CreateGroup struct {
	Group string
	Title string
}

// BindRuleset asks for RulesetBound. Bindings follow each other without overlap and without a hole: to let another ruleset
// take over from an open one, unbind that from the date and then bind from the same date.
type BindRuleset struct {
	Group   string
	Ruleset string
	From    domain.Date
	To      domain.Date
}

// UnbindRuleset asks for RulesetUnbound. Only the last binding can be cut, or a hole would be left.
type UnbindRuleset struct {
	Group   string
	Ruleset string
	From    domain.Date
}

// BindShadow asks for ShadowBound. Shadows of a group do not overlap; they may leave dates between them.
type BindShadow struct {
	Group   string
	Ruleset string
	Hash    string
	From    domain.Date
	To      domain.Date
}

// UnbindShadow asks for ShadowUnbound.
type UnbindShadow struct {
	Group string
	From  domain.Date
}

// ArchiveGroup asks for GroupArchived.
type ArchiveGroup struct {
	Group string
}

// Stream returns the target stream.
func (c CreateGroup) Stream() string { return "group-" + c.Group }

// Stream returns the target stream.
func (c BindRuleset) Stream() string { return "group-" + c.Group }

// Stream returns the target stream.
func (c UnbindRuleset) Stream() string { return "group-" + c.Group }

// Stream returns the target stream.
func (c BindShadow) Stream() string { return "group-" + c.Group }

// Stream returns the target stream.
func (c UnbindShadow) Stream() string { return "group-" + c.Group }

// Stream returns the target stream.
func (c ArchiveGroup) Stream() string { return "group-" + c.Group }

func (CreateGroup) groupCommand()   {}
func (BindRuleset) groupCommand()   {}
func (UnbindRuleset) groupCommand() {}
func (BindShadow) groupCommand()    {}
func (UnbindShadow) groupCommand()  {}
func (ArchiveGroup) groupCommand()  {}
