package main

import (
	"context"

	"github.com/punchledger/punchledger/adapters/httpapi"
)

// identities prove who asks over HTTP.
type identities struct{}

// openIdentities opens what proves who somebody is.
func (w *writer) openIdentities(*console) (*identities, error) { return &identities{}, nil }

// Close closes it.
func (*identities) Close() error { return nil }

// Who implements httpapi.Identity.
func (*identities) Who(context.Context, httpapi.Credential) (httpapi.Who, error) {
	return httpapi.Who{}, httpapi.ErrNobody
}
