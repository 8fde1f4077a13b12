package bank

import (
	"fmt"
	"slices"
)

// State is the banks of a person. Its zero value is the empty stream; it is never changed in place.
type State struct {
	Postings []Posting // in the order in which they were posted
	Changes  int       // how often something was posted or taken back
}

// Posting is one posting.
type Posting struct {
	Posted BankPosted
	Voided bool
}

// InForce returns the postings of a bank that were not taken back.
func (s State) InForce(bank string) []BankPosted {
	var out []BankPosted
	for _, p := range s.Postings {
		if p.Posted.Bank == bank && !p.Voided {
			out = append(out, p.Posted)
		}
	}
	return out
}

// Banks returns the names of the banks with postings, sorted.
func (s State) Banks() []string {
	var out []string
	for _, p := range s.Postings {
		out = append(out, p.Posted.Bank)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (s State) find(post string) int {
	return slices.IndexFunc(s.Postings, func(p Posting) bool { return p.Posted.Post == post })
}

func (s State) has(post string) bool { return s.find(post) >= 0 }

func (s State) voided(post string) bool { return s.Postings[s.find(post)].Voided }

func (s State) opening(bank string) (BankPosted, bool) {
	list := s.InForce(bank)
	i := slices.IndexFunc(list, func(p BankPosted) bool { return p.Kind == Opening })
	if i < 0 {
		return BankPosted{}, false
	}
	return list[i], true
}

// Evolve applies one event.
func Evolve(s State, e Event) State {
	s.Postings, s.Changes = slices.Clone(s.Postings), s.Changes+1
	switch e := e.(type) {
	case BankPosted:
		s.Postings = append(s.Postings, Posting{Posted: e})
		return s
	case BankPostingVoided:
		s.Postings[s.find(e.Post)].Voided = true
		return s
	}
	panic(fmt.Sprintf("bank: no case for %T", e))
}
