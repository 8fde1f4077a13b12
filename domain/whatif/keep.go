package whatif

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/punchledger/punchledger/domain"
)

// keptPerson is what a person's part of a report is kept as, for a replay that goes on later.
type keptPerson struct {
	Emp     string         `json:"emp"`
	Group   string         `json:"group,omitempty"`
	Site    string         `json:"site,omitempty"`
	Tags    []string       `json:"tags,omitempty"`
	Same    int            `json:"same"`
	Changed int            `json:"changed"`
	Worth   domain.Seconds `json:"worth_s"`
	Days    []DayChange    `json:"days,omitempty"`
	Codes   []personCode   `json:"codes,omitempty"`
	Months  []MonthChange  `json:"months,omitempty"`
	Opened  map[string]int `json:"opened,omitempty"`
	Closed  map[string]int `json:"closed,omitempty"`
	Broken  map[string]int `json:"broken,omitempty"`
	Sealed  int            `json:"sealed,omitempty"`
	Hash    string         `json:"hash"`
	Failed  *Failure       `json:"failed,omitempty"`
	Intake  *IntakeCounts  `json:"intake,omitempty"`
}

// MarshalJSON writes all that a tally takes from a person.
func (p Person) MarshalJSON() ([]byte, error) {
	return json.Marshal(keptPerson{
		p.Emp, p.Group, p.Site, p.Tags, p.Same, p.Changed, p.Worth, p.Days, p.codes, p.months, p.opened, p.closed, p.broken, p.sealed,
		hex.EncodeToString(p.hash[:]), p.Failed, p.Intake,
	})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *Person) UnmarshalJSON(data []byte) error {
	var k keptPerson
	if err := json.Unmarshal(data, &k); err != nil {
		return err
	}
	hash, err := hex.DecodeString(k.Hash)
	if err != nil || len(hash) != sha256.Size {
		return fmt.Errorf("hash of %s: not a SHA-256 in hexadecimal", k.Emp)
	}
	*p = Person{
		Who: Who{k.Emp, k.Group, k.Site, k.Tags}, Failed: k.Failed, Intake: k.Intake, Same: k.Same, Changed: k.Changed, Worth: k.Worth, Days: k.Days,
		codes: k.Codes, months: k.Months, opened: k.Opened, closed: k.Closed, broken: k.Broken, sealed: k.Sealed,
	}
	copy(p.hash[:], hash)
	return nil
}
