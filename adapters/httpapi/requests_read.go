package httpapi

import (
	"context"

	"github.com/punchledger/punchledger/domain/request"
)

// Requests reads what happened to requests.
type Requests interface {
	// Has reports whether a file with a hash was handed in for a request.
	Has(ctx context.Context, ref request.Ref, sha256 string) (bool, error)
}
