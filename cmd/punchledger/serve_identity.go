package main

import (
	"context"
	"errors"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain"
)

// identities tells the HTTP API who asks.
type identities struct{ *identity.Service }

// Who implements httpapi.Identity.
func (i identities) Who(ctx context.Context, c httpapi.Credential) (httpapi.Who, error) {
	var found identity.Identified
	var err error
	if c.Bearer != "" {
		found, err = i.AuthenticateToken(ctx, c.Bearer)
	} else {
		found, err = i.Authenticate(ctx, c.Session)
	}
	if e, ok := errors.AsType[*domain.Error](err); ok && e.Kind == domain.Forbidden {
		return httpapi.Who{}, httpapi.ErrNobody
	}
	if err != nil {
		return httpapi.Who{}, err
	}
	who := httpapi.Who{Principal: found.Principal, Permits: found.Permits, Fresh: found.Fresh}
	if found.Token != nil {
		who.Session, who.Token = found.Token.ID, true
	} else {
		who.Session = found.Session.ID
	}
	return who, nil
}
