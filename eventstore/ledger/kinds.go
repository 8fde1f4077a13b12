package ledger

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/audit"
	"github.com/punchledger/punchledger/domain/bank"
	"github.com/punchledger/punchledger/domain/evidence"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/domain/zone"
)

// kind is how the streams of one category are folded and decided.
type kind struct {
	zero   any
	evolve func(state any, e domain.Event) any
	decide func(d *Directory, state any, c Command) ([]domain.Event, map[string]string, error)
}

// pins are what a decision rested on, by name: stream@revision.
type pins = map[string]string

// kinds are all categories that have a decider.
var kinds = map[string]kind{
	"org":      of(people.DecideOrg, people.EvolveOrg, orgFacts),
	"employer": of(people.DecideEmployer, people.EvolveEmployer, nothing[people.EmployerState, people.EmployerCommand, people.EmployerFacts]),
	"employee": of(people.DecideEmployee, people.EvolveEmployee, employeeFacts),
	"group":    of(people.DecideGroup, people.EvolveGroup, groupFacts),
	"ruleset":  of(ruleset.DecideRuleset, ruleset.EvolveRuleset, rulesetFacts),
	"calendar": of(schedule.DecideCalendar, schedule.EvolveCalendar, nothing[schedule.CalendarState, schedule.CalendarCommand, schedule.CalendarFacts]),
	"grant":    of(access.Decide, access.Evolve, grantFacts),
	"roster":   of(schedule.DecideRoster, schedule.EvolveRoster, rosterFacts),
	"clock":    of(schedule.DecideClock, schedule.EvolveClock, clockFacts),
	"site":     of(place.DecideSite, place.EvolveSite, siteFacts),
	"device":   of(place.DecideDevice, place.EvolveDevice, deviceFacts),
	"intake":   of(place.DecideIntake, place.EvolveIntake, intakeFacts),
	"timecard": of(timecard.Decide, timecard.Evolve, timecardFacts),
	"request":  of(request.Decide, request.Evolve, requestFacts),
	"replay":   of(whatif.Decide, whatif.Evolve, replayFacts),
	"evidence": of(evidence.Decide, evidence.Evolve, evidenceFacts),
	"audit":    of(audit.Decide, audit.Evolve, nothing[audit.State, audit.Command, audit.Facts]),
	"bank":     of(bank.Decide, bank.Evolve, bankFacts),
	"engine":   of(zone.DecideEngine, zone.EvolveEngine, nothing[zone.EngineState, zone.EngineCommand, zone.EngineFacts]),
}

// small are the categories that the directory folds: what decisions about other streams ask for.
var small = map[string]bool{
	"org": true, "employer": true, "employee": true, "group": true, "ruleset": true, "calendar": true,
	"clock": true, "grant": true, "site": true, "device": true, "replay": true, "engine": true, "bank": true,
}

// of joins a decider with the function that gathers its facts.
func of[S any, C any, E domain.Event, F any](
	decide func(S, C, F) ([]E, error), evolve func(S, E) S, facts func(*Directory, S, C) (F, pins),
) kind {
	var zero S
	return kind{
		zero:   zero,
		evolve: func(state any, e domain.Event) any { return evolve(state.(S), e.(E)) },
		decide: func(d *Directory, state any, c Command) ([]domain.Event, map[string]string, error) {
			command, ok := c.(C)
			if !ok {
				return nil, nil, fmt.Errorf("%T is no command of %s", c, c.Stream())
			}
			var f F
			var pins map[string]string
			for at := d.place(); ; at = d.place() { // facts and pins are of one moment, whoever reads on meanwhile
				f, pins = facts(d, state.(S), command)
				if d.place() == at {
					break
				}
			}
			decided, err := decide(state.(S), command, f)
			if err != nil {
				return nil, nil, err
			}
			events := make([]domain.Event, len(decided))
			for i, e := range decided {
				events[i] = e
			}
			return events, pins, nil
		},
	}
}

func nothing[S, C, F any](*Directory, S, C) (f F, p pins) { return f, nil }

// Owns reports whether a stream belongs to the ledger: whether its category has a decider. A log may hold streams of others, which
// followers skip.
func Owns(stream string) bool {
	_, ok := kinds[domain.Category(stream)]
	return ok
}
