package ruleset

import (
	"fmt"
	"maps"
	"slices"
)

// requests reports chains that leave a request without an approver, and quotas whose cycle begins on no day.
func (l *linter) requests() {
	if c := l.doc.Corrections; c != nil {
		l.requestsOf("/corrections", *c)
		if c.Within != 0 {
			l.fail("/corrections/within", "lint.within_swap")
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(l.doc.Requests)) {
		l.requestsOf("/requests/"+kind, l.doc.Requests[kind])
		if kind != "swap" && l.doc.Requests[kind].Within != 0 {
			l.fail("/requests/"+kind+"/within", "lint.within_swap")
		}
	}
}

func (l *linter) requestsOf(at string, c Corrections) {
	if c.Quota != nil && c.Quota.Starts != 0 && c.Quota.Per != "cycle" {
		l.fail(at+"/quota/starts", "lint.quota_starts", "per", c.Quota.Per)
	}
	open := false
	for i, s := range c.Chain {
		open = open || s.FromNth <= 1
		if s.Role == "employee" {
			l.fail(fmt.Sprintf("%s/chain/%d/role", at, i), "lint.chain_self")
		}
		if s.Timeout != "" && s.SLA == 0 {
			l.fail(fmt.Sprintf("%s/chain/%d/timeout", at, i), "lint.timeout_without_sla")
		}
	}
	if len(c.Chain) > 0 && !open {
		l.fail(at+"/chain", "lint.chain_from_nth")
	}
}
