package ruleset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/punchledger/punchledger/domain"
)

// MaxDocument is the most bytes that a document may have in canonical form.
const MaxDocument = 256 << 10

// HashStored returns the canonical form (RFC 8785) of a document in JSON and the SHA-256 of that form in hexadecimal.
// It is the check of a stored document against the hash beside it: encoding an event may spell the same JSON in
// another way.
func HashStored(doc json.RawMessage) (json.RawMessage, string, error) {
	b, err := canonical(doc)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(b)
	return b, hex.EncodeToString(sum[:]), nil
}

// DecideRuleset answers a command with the events that come of it, or with an error when the command makes no sense.
// No events and no error means that the ruleset already says what was asked for.
func DecideRuleset(s RulesetState, c RulesetCommand, f RulesetFacts) ([]RulesetEvent, error) {
	switch c := c.(type) {
	case DraftRuleset:
		return draftRuleset(s, c, f)
	case ReviewRuleset:
		return reviewRuleset(s, c, f)
	case PublishRuleset:
		return publishRuleset(s, c, f)
	case WithdrawRuleset:
		return withdrawRuleset(s, c, f)
	}
	panic(fmt.Sprintf("ruleset: no case for %T", c))
}

func invalidField(field, problem string) error {
	return domain.NewError(domain.Invalid, "invalid_field", "field", field, "problem", problem)
}

func documentIDs(pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if !domain.ValidID(pairs[i+1], true) {
			return invalidField(pairs[i], "not an id")
		}
	}
	return nil
}

func draftRuleset(s RulesetState, c DraftRuleset, f RulesetFacts) ([]RulesetEvent, error) {
	if err := documentIDs("ruleset", c.Ruleset, "draft", c.Draft, "actor", c.ActorID); err != nil {
		return nil, err
	}
	if _, ok := s.Version(c.BasedOn); !ok && c.BasedOn != 0 {
		return nil, unknownVersion(c.BasedOn)
	}
	doc, hash, err := HashStored(c.Doc)
	switch {
	case err != nil:
		return nil, domain.NewError(domain.Invalid, "schema_invalid", "problems", err.Error())
	case len(f.SchemaProblems) > 0:
		return nil, domain.NewError(domain.Invalid, "schema_invalid", "problems", list(f.SchemaProblems))
	case !bytes.HasPrefix(doc, []byte("{")):
		return nil, domain.NewError(domain.Invalid, "schema_invalid", "problems", "not a document")
	case len(doc) > MaxDocument:
		return nil, domain.NewError(domain.Invalid, "document_too_large",
			"bytes", strconv.Itoa(len(doc)), "max", strconv.Itoa(MaxDocument))
	case documentID(doc) != c.Ruleset:
		return nil, invalidField("doc", "its id is not that of the ruleset")
	case len(f.LintErrors) > 0:
		return nil, domain.NewError(domain.Invalid, "lint_failed", "problems", list(f.LintErrors))
	}
	if err := errors.Join(validNote(c.Note), sourceOf(c, hash)); err != nil {
		return nil, err
	}
	if d, ok := s.Draft(c.Draft); ok && d.Hash == hash && d.BasedOn == c.BasedOn && d.Author == c.ActorID {
		return nil, nil
	}
	return []RulesetEvent{RulesetDrafted{
		Ruleset: c.Ruleset, Draft: c.Draft, Doc: doc, Hash: hash, Source: c.Source, BasedOn: c.BasedOn, Note: c.Note, Author: c.ActorID,
	}}, nil
}

// maxNote is the most characters of a note.
const maxNote = 500

func validNote(note string) error {
	if utf8.RuneCountInString(note) > maxNote {
		return invalidField("note", "too_long")
	}
	if !utf8.ValidString(note) || strings.ContainsFunc(note, unicode.IsControl) {
		return invalidField("note", "control_character")
	}
	return nil
}

// sourceOf checks that the text kept beside a document says the same as the document.
func sourceOf(c DraftRuleset, hash string) error {
	if c.Source == "" {
		return nil
	}
	doc, err := Parse([]byte(c.Source), c.Ruleset)
	if err != nil {
		return domain.NewError(domain.Invalid, "schema_invalid", "problems", err.Error())
	}
	if got, err := Hash(doc); err != nil || got != hash {
		return invalidField("source", "not the text of the document")
	}
	return nil
}

func documentID(doc json.RawMessage) string {
	var head struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(doc, &head); err != nil {
		return ""
	}
	return head.ID
}

// list writes problems for the arguments of an error, one a line: pointer, code and sentence.
func list(problems []Problem) string {
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = fmt.Sprintf("%s: %s (%s)", p.Pointer, p.Text(), p.Code)
	}
	return strings.Join(lines, "\n")
}

// draftOf returns the draft that a review or publication means, if it still has the hash that the actor saw.
func (s RulesetState) draftOf(id, hash string) (RulesetDraft, error) {
	d, ok := s.Draft(id)
	if !ok {
		return d, domain.NewError(domain.NotFound, "unknown_draft", "draft", id)
	}
	if d.Hash != hash {
		return d, domain.NewError(domain.Conflict, "hash_mismatch", "draft", id, "hash", d.Hash)
	}
	return d, nil
}

func reviewRuleset(s RulesetState, c ReviewRuleset, f RulesetFacts) ([]RulesetEvent, error) {
	if err := documentIDs("ruleset", c.Ruleset, "draft", c.Draft, "actor", c.ActorID); err != nil {
		return nil, err
	}
	if c.Verdict != ReviewApprove && c.Verdict != ReviewReject {
		return nil, invalidField("verdict", "neither approve nor reject")
	}
	if c.Role != "" && c.Role != RoleRepresentative {
		return nil, invalidField("role", "unknown_value")
	}
	if err := validNote(c.Note); err != nil {
		return nil, err
	}
	d, err := s.draftOf(c.Draft, c.Hash)
	if err != nil {
		return nil, err
	}
	own := c.ActorID == d.Author
	if own && (!f.SingleControl || c.Role != "") {
		return nil, domain.NewError(domain.Forbidden, "author_cannot_review", "draft", c.Draft)
	}
	last := d.Review
	if c.Role != "" {
		last = d.Countersign
	}
	if last.By == c.ActorID && last.Verdict == c.Verdict && (c.Note == "" || c.Note == last.Note) {
		return nil, nil
	}
	return []RulesetEvent{RulesetReviewed{
		Ruleset: c.Ruleset, Draft: c.Draft, Hash: c.Hash, Verdict: c.Verdict, Role: c.Role, Lint: c.Lint, Note: c.Note,
		Reviewer: c.ActorID, SingleControl: own,
	}}, nil
}

func publishRuleset(s RulesetState, c PublishRuleset, f RulesetFacts) ([]RulesetEvent, error) {
	if err := documentIDs("ruleset", c.Ruleset, "draft", c.Draft); err != nil {
		return nil, err
	}
	switch {
	case c.EffectiveFrom.IsZero():
		return nil, invalidField("effective_from", "missing")
	case !c.EffectiveTo.IsZero() && c.EffectiveTo <= c.EffectiveFrom:
		return nil, invalidField("effective_to", "not after effective_from")
	case c.Replay != "" && !domain.ValidID(c.Replay, true):
		return nil, invalidField("replay", "not an id")
	}
	d, err := s.draftOf(c.Draft, c.Hash)
	if err != nil {
		return nil, err
	}
	// An older version of the same dates that another one has taken the place of may be published again: that undoes the other one.
	if v, ok := s.Governing(c.EffectiveFrom); ok && v.Hash == d.Hash && v.From == c.EffectiveFrom && v.Until == c.EffectiveTo {
		return nil, domain.NewError(domain.Conflict, "already_published", "version", strconv.Itoa(v.Number))
	}
	if err := publishable(d, c, f); err != nil {
		return nil, err
	}
	return []RulesetEvent{RulesetPublished{
		Ruleset: c.Ruleset, Version: len(s.Versions) + 1, Doc: d.Doc, Hash: d.Hash,
		EffectiveFrom: c.EffectiveFrom, EffectiveTo: c.EffectiveTo, Replay: c.Replay, SingleControl: d.Review.Verdict != ReviewApprove || d.Review.By == d.Author,
	}}, nil
}

func publishable(d RulesetDraft, c PublishRuleset, f RulesetFacts) error {
	switch {
	case d.Review.Verdict == ReviewReject, d.Countersign.Verdict == ReviewReject:
		return domain.NewError(domain.Conflict, "draft_returned", "draft", d.ID, "by", d.returnedBy())
	case d.Review.Verdict != ReviewApprove && !f.SingleControl:
		return domain.NewError(domain.Conflict, "not_reviewed", "draft", d.ID)
	case demandsCountersignature(d.Doc) && d.Countersign.Verdict != ReviewApprove:
		return domain.NewError(domain.Conflict, "countersignature_needed", "draft", d.ID)
	case len(f.LintErrors) > 0:
		return domain.NewError(domain.Invalid, "lint_failed", "problems", list(f.LintErrors))
	case len(f.FailedExamples) > 0:
		return domain.NewError(domain.Invalid, "examples_failed", "examples", strings.Join(f.FailedExamples, "; "))
	case f.Governed && c.Replay == "", c.Replay != "" && f.ReplayUnfit:
		return domain.NewError(domain.Conflict, "replay_required", "effective_from", c.EffectiveFrom.String())
	case !f.MidCycleOn.IsZero():
		return domain.NewError(domain.Conflict, "mid_cycle_change", "on", f.MidCycleOn.String())
	case len(f.ShiftsInUse) > 0:
		return domain.NewError(domain.Conflict, "shift_in_use", "shifts", strings.Join(f.ShiftsInUse, ", "))
	}
	return nil
}

// demandsCountersignature reports whether a document asks for the word of those who speak for the employees.
func demandsCountersignature(doc json.RawMessage) bool {
	var head struct {
		Authority struct {
			Countersign string `json:"countersign"`
		} `json:"authority"`
	}
	return json.Unmarshal(doc, &head) == nil && head.Authority.Countersign == RoleRepresentative
}

func unknownVersion(n int) error {
	return domain.NewError(domain.NotFound, "unknown_version", "version", strconv.Itoa(n))
}

func withdrawRuleset(s RulesetState, c WithdrawRuleset, f RulesetFacts) ([]RulesetEvent, error) {
	if err := documentIDs("ruleset", c.Ruleset); err != nil {
		return nil, err
	}
	if !domain.IsCode(c.Reason) {
		return nil, invalidField("reason", "not a code")
	}
	v, ok := s.Version(c.Version)
	switch {
	case !ok:
		return nil, unknownVersion(c.Version)
	case v.Withdrawn:
		return nil, domain.NewError(domain.Conflict, "already_withdrawn", "version", strconv.Itoa(c.Version))
	case !f.UncoveredFrom.IsZero():
		return nil, domain.NewError(domain.Conflict, "leaves_gap", "from", f.UncoveredFrom.String(), "group", f.UncoveredGroup)
	}
	return []RulesetEvent{RulesetWithdrawn(c)}, nil
}
