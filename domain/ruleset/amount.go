package ruleset

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// MarshalText implements encoding.TextMarshaler: the word plan, or a length.
func (o Over) MarshalText() ([]byte, error) {
	if o.Plan {
		return []byte("plan"), nil
	}
	return o.Length.MarshalText()
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *Over) UnmarshalText(b []byte) error {
	if string(b) == "plan" {
		*o = Over{Plan: true}
		return nil
	}
	*o = Over{}
	return o.Length.UnmarshalText(b)
}

// String returns the amount as a document has it: a length, or a number of days.
func (a Amount) String() string {
	if a.IsDays {
		return strconv.Itoa(a.Days)
	}
	return a.Length.String()
}

// MarshalJSON implements json.Marshaler.
func (a Amount) MarshalJSON() ([]byte, error) {
	if a.IsDays {
		return json.Marshal(a.Days)
	}
	return json.Marshal(a.Length)
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *Amount) UnmarshalJSON(b []byte) error {
	*a = Amount{}
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &a.Length)
	}
	a.IsDays = true
	return json.Unmarshal(b, &a.Days)
}

// measureWords are the measures that stand alone, without a list.
var measureWords = []string{"rest_gap", "weekly_rest", "days_in_row"}

// MarshalJSON implements json.Marshaler: rest_gap, weekly_rest and days_in_row stand alone, everything else is a list.
func (m Measure) MarshalJSON() ([]byte, error) {
	if len(m) == 1 && slices.Contains(measureWords, m[0]) {
		return json.Marshal(m[0])
	}
	return json.Marshal([]string(m))
}

// UnmarshalJSON implements json.Unmarshaler; a single word is a list of one.
func (m *Measure) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var word string
		if err := json.Unmarshal(b, &word); err != nil {
			return err
		}
		*m = Measure{word}
		return nil
	}
	var list []string
	if err := json.Unmarshal(b, &list); err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	*m = list
	return nil
}
