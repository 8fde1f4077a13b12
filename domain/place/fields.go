package place

import "github.com/punchledger/punchledger/domain"

// Longest texts, in characters.
const (
	maxName = 200
	maxWord = 64
)

// fields checks commands of this package.
type fields struct{ domain.Fields }
