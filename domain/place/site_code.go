package place

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/punchledger/punchledger/domain"
)

// CodeSkew is how many steps a rotating code may be older or younger than the server's clock says. A picture of the code that is
// sent on within that time works elsewhere: the code says that somebody saw it, no more.
const CodeSkew = 2

// CodeStep is how long a code is shown where nobody says otherwise.
const CodeStep = domain.Seconds(15)

// CodeAt returns the code that a site shows at an instant of the server's clock: eight digits of an HMAC-SHA-256 over the step.
func (c SiteCode) CodeAt(key []byte, at domain.Instant) string {
	if c.Step <= 0 {
		return ""
	}
	return code(key, int64(at.Seconds()/c.Step))
}

// Verify returns the step in which a site showed a code, if that was within CodeSkew of an instant of the server's clock. That one
// person uses a step once is the caller's to see.
func (c SiteCode) Verify(key []byte, shown string, at domain.Instant) (step int64, ok bool) {
	if c.Step <= 0 {
		return 0, false
	}
	now := int64(at.Seconds() / c.Step)
	for step := now - CodeSkew; step <= now+CodeSkew; step++ {
		if hmac.Equal([]byte(code(key, step)), []byte(shown)) {
			return step, true
		}
	}
	return 0, false
}

func code(key []byte, step int64) string {
	h := hmac.New(sha256.New, key)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	return fmt.Sprintf("%08d", binary.BigEndian.Uint64(h.Sum(nil))%100_000_000)
}
