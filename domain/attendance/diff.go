package attendance

import (
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// The states of a stage in a Contrast.
const (
	StageSame    = "same"    // the same result for the same reasons
	StageReasons = "reasons" // the same result, told otherwise
	StageDiffers = "differs" // another result
)

// Contrast is one day computed twice: under two versions of the rules, or as known at two positions. Before and after are aligned
// by stage.
type Contrast struct {
	Same      bool             `json:"same"`                // no stage gives another result
	CarrySame bool             `json:"carry_same"`          // the days before hand over the same
	First     *Step            `json:"first,omitempty"`     // the first stage that differs, with the step that says why, where one does
	Stages    []StagePair      `json:"stages"`              // every stage, in order
	Rows      []RowPair        `json:"rows"`                // every code of either side
	Opened    []string         `json:"opened,omitempty"`    // keys of anomalies that only after has
	Closed    []string         `json:"closed,omitempty"`    // keys of anomalies that only before has
	Rules     []ruleset.Change `json:"rules,omitempty"`     // what differs in the rules and is named by a step or an outcome of either side
	Elsewhere int              `json:"elsewhere,omitempty"` // how many more places of the rules differ
	Inputs    []InputPair      `json:"inputs,omitempty"`    // inputs that differ
}

// StagePair is one stage on both sides. A stage that a side does not have is one without results.
type StagePair struct {
	Stage  int       `json:"stage"`
	Name   string    `json:"name"`
	State  string    `json:"state"` // same, reasons, differs
	Before StageSide `json:"before"`
	After  StageSide `json:"after"`
}

// StageSide is what a stage gave on one side, and the steps that say so.
type StageSide struct {
	Out   []Value `json:"out,omitempty"`
	Steps []Step  `json:"steps,omitempty"`
}

// RowPair is what a code has on both sides. Days are thousandths.
type RowPair struct {
	Code   string         `json:"code"`
	Before domain.Seconds `json:"before_s"`
	After  domain.Seconds `json:"after_s"`
	Delta  domain.Seconds `json:"delta_s"`

	DaysBefore int `json:"days_before_milli,omitempty"`
	DaysAfter  int `json:"days_after_milli,omitempty"`
}

// InputPair is an input on both sides; nil where a side does not know it.
type InputPair struct {
	Before *Input `json:"before"`
	After  *Input `json:"after"`
}

// Diff aligns two traces of one day.
func Diff(before, after *Trace) (Contrast, error) {
	d := Contrast{
		CarrySame: before.CarryHash == after.CarryHash,
		Stages:    stagePairs(before, after), Rows: rowPairs(&before.Day, &after.Day), Inputs: inputPairs(before.Inputs, after.Inputs),
	}
	d.First = firstStep(d.Stages)
	d.Same = d.First == nil
	old, now := anomalyKeys(&before.Day), anomalyKeys(&after.Day)
	d.Opened, d.Closed = without(now, old), without(old, now)
	if before.Rules == nil || after.Rules == nil {
		return d, nil
	}
	changes, err := ruleset.Diff(before.Rules.Doc, after.Rules.Doc)
	if err != nil {
		return d, err
	}
	named := append(before.pointers(), after.pointers()...)
	for _, c := range changes {
		if slices.ContainsFunc(named, func(p string) bool { return within(p, c.Pointer) || within(c.Pointer, p) }) {
			d.Rules = append(d.Rules, c)
		} else {
			d.Elsewhere++
		}
	}
	return d, nil
}

// FirstDifference is the step at which two traces part: the first stage with another result and, where one of its steps says why, that
// step. It is nil where all results are the same.
func FirstDifference(before, after *Trace) *Step { return firstStep(stagePairs(before, after)) }

func stagePairs(before, after *Trace) []StagePair {
	var out []StagePair
	for i, name := range stageNames[:len(stageNames)-1] { // the last one seals what the others gave
		p := StagePair{Stage: i, Name: name, State: StageSame, Before: before.side(i), After: after.side(i)}
		switch {
		case !slices.EqualFunc(p.Before.Out, p.After.Out, equalValues):
			p.State = StageDiffers
		case !slices.EqualFunc(p.Before.Steps, p.After.Steps, equalSteps):
			p.State = StageReasons
		}
		out = append(out, p)
	}
	return out
}

func (t *Trace) side(stage int) StageSide {
	var s StageSide
	for i := range t.Stages {
		if t.Stages[i].Stage == stage {
			s.Out = t.Stages[i].Out
		}
	}
	for _, step := range t.Steps {
		if step.Stage == stage {
			s.Steps = append(s.Steps, step)
		}
	}
	return s
}

func equalValues(a, b Value) bool { return a.Name == b.Name && slices.Equal(a.Is, b.Is) }

// equalSteps compares what steps say. A rule may stand at another place of the document and say the same.
func equalSteps(a, b Step) bool { return a.Note == b.Note && maps.Equal(a.Args, b.Args) }

// firstStep finds the first stage with another result. The reason is the first step there that the other side does not have, else the
// first one of the stages before that told it otherwise, else one of the stages behind it that are part of the same figures.
func firstStep(stages []StagePair) *Step {
	first := slices.IndexFunc(stages, func(p StagePair) bool { return p.State == StageDiffers })
	if first < 0 {
		return nil
	}
	out := Step{Stage: stages[first].Stage, Name: stages[first].Name}
	order := append([]StagePair{stages[first]}, stages[:first]...)
	for _, p := range append(order, stages[first+1:]...) {
		if s := p.parts(); s != nil {
			out.Rule, out.Note, out.Args = s.Rule, s.Note, s.Args
			break
		}
	}
	return &out
}

// parts returns the first step that only one side has, that of the later side where both say something.
func (p *StagePair) parts() *Step {
	var alone []Step
	for _, s := range p.After.Steps {
		if !slices.ContainsFunc(p.Before.Steps, func(o Step) bool { return equalSteps(o, s) }) {
			alone = append(alone, s)
		}
	}
	for _, s := range p.Before.Steps {
		if !slices.ContainsFunc(p.After.Steps, func(o Step) bool { return equalSteps(o, s) }) {
			alone = append(alone, s)
		}
	}
	if len(alone) == 0 {
		return nil
	}
	return &alone[0]
}

func rowPairs(before, after *Day) []RowPair {
	by := map[string]*RowPair{}
	at := func(code string) *RowPair {
		if by[code] == nil {
			by[code] = &RowPair{Code: code}
		}
		return by[code]
	}
	for i := range before.Rows {
		r := &before.Rows[i]
		p := at(r.Code)
		p.Before, p.DaysBefore = p.Before+r.Seconds, p.DaysBefore+r.Days
	}
	for i := range after.Rows {
		r := &after.Rows[i]
		p := at(r.Code)
		p.After, p.DaysAfter = p.After+r.Seconds, p.DaysAfter+r.Days
	}
	out := []RowPair{}
	for _, code := range slices.Sorted(maps.Keys(by)) {
		p := *by[code]
		p.Delta = p.After - p.Before
		out = append(out, p)
	}
	return out
}

// inputPairs lists the inputs whose role or time is another one, or that only one side knows.
func inputPairs(before, after []Input) []InputPair {
	var out []InputPair
	match := func(a *Input) func(Input) bool {
		return func(b Input) bool { return a.Kind == b.Kind && a.ID == b.ID && a.As == b.As }
	}
	for i := range before {
		k := slices.IndexFunc(after, match(&before[i]))
		switch {
		case k < 0:
			out = append(out, InputPair{Before: &before[i]})
		case before[i].Role != after[k].Role || before[i].At != after[k].At || before[i].Of != after[k].Of:
			out = append(out, InputPair{Before: &before[i], After: &after[k]})
		}
	}
	for k := range after {
		if !slices.ContainsFunc(before, match(&after[k])) {
			out = append(out, InputPair{After: &after[k]})
		}
	}
	return out
}

// pointers are all places of the rules that a trace names.
func (t *Trace) pointers() []string {
	var out []string
	for _, s := range t.Steps {
		out = append(out, s.Rule)
	}
	for i := range t.Day.Segments {
		out = append(out, t.Day.Segments[i].Rule)
	}
	for _, o := range t.Outcomes {
		for _, k := range o.Knobs {
			out = append(out, k.Rule)
		}
	}
	return slices.DeleteFunc(out, func(p string) bool { return p == "" })
}

// within reports whether a pointer leads to a place or into it.
func within(pointer, place string) bool {
	return pointer == place || len(pointer) > len(place) && pointer[:len(place)] == place && pointer[len(place)] == '/'
}

func anomalyKeys(d *Day) []string {
	var out []string
	for i := range d.Anomalies {
		out = append(out, d.Anomalies[i].Key())
	}
	return out
}

// without returns what of list is not in other.
func without(list, other []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(other, s) {
			out = append(out, s)
		}
	}
	return out
}
