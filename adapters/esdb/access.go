package esdb

import (
	"context"
	"strings"
)

// metaPrefix begins the name of the stream that holds the metadata of another one.
const metaPrefix = "$$"

// metaOf returns the stream whose metadata a stream holds.
func metaOf(stream string) (string, bool) { return strings.CutPrefix(stream, metaPrefix) }

// mayRead says whether the caller may read a stream with those rules.
func mayRead(ctx context.Context, stream string, acl accessList) error {
	who := callerOf(ctx)
	roles := acl.read
	if about, ok := metaOf(stream); ok {
		stream, roles = about, acl.metaRead
	}
	if len(roles) == 0 {
		roles = []string{RoleLedger, RoleReader}
		if strings.HasPrefix(stream, "$") {
			roles = nil
		}
	}
	if who.has(RoleAdmins) || who.has(roles...) {
		return nil
	}
	return accessDenied("reading %s needs another user", stream)
}

// mayReadAll says whether the caller may read the whole log.
func mayReadAll(ctx context.Context) error {
	if callerOf(ctx).has(RoleAdmins, RoleLedger, RoleReader) {
		return nil
	}
	return accessDenied("reading $all needs a user with the role %s", RoleReader)
}

// mayWrite says whether the caller may append to a stream with those rules.
func (s *Server) mayWrite(ctx context.Context, stream string, acl accessList) error {
	if err := s.changes(); err != nil {
		return err
	}
	who := callerOf(ctx)
	about, isMeta := metaOf(stream)
	switch {
	case isMeta && s.opts.Owns(about):
		return accessDenied("%s is a stream of the ledger: it has no metadata", about)
	case s.opts.Owns(stream):
		if who.has(RoleLedger) {
			return nil
		}
		return accessDenied("%s is a stream of the ledger: appending needs a user with the role %s", stream, RoleLedger)
	}
	roles := acl.write
	if isMeta {
		stream, roles = about, acl.metaWrite
	}
	if len(roles) == 0 && !strings.HasPrefix(stream, "$") {
		roles = []string{RoleLedger}
	}
	if who.has(RoleAdmins) || who.has(roles...) {
		return nil
	}
	return accessDenied("appending to %s needs another user", stream)
}

// mayDelete says whether the caller may delete a stream with those rules.
func (s *Server) mayDelete(ctx context.Context, stream string, acl accessList) error {
	if err := s.changes(); err != nil {
		return err
	}
	if s.opts.Owns(stream) {
		return accessDenied("%s is a stream of the ledger: what is recorded there stays", stream)
	}
	who := callerOf(ctx)
	if who.has(RoleAdmins) || who.has(acl.remove...) || len(acl.remove) == 0 && !strings.HasPrefix(stream, "$") && who.has(RoleLedger) {
		return nil
	}
	return accessDenied("deleting %s needs another user", stream)
}

// changes says whether anything may be changed here.
func (s *Server) changes() error {
	if s.opts.ReadOnly {
		return accessDenied("this log is served for reading: what belongs into it is written through the ledger's own API")
	}
	if s.opts.Leader != nil {
		return notLeader(*s.opts.Leader)
	}
	return nil
}
