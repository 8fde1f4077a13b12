package main

import (
	"context"
	"errors"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain"
)

// proven tells the HTTP API who asks, by session or token.
type proven struct{ *identity.Service }

// Who implements httpapi.Identity.
func (p proven) Who(ctx context.Context, c httpapi.Credential) (httpapi.Who, error) {
	var found identity.Identified
	var err error
	if c.Bearer != "" {
		found, err = p.AuthenticateToken(ctx, c.Bearer)
	} else {
		found, err = p.Authenticate(ctx, c.Session)
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
