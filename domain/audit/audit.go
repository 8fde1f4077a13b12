// Package audit keeps who was shown what: reads of other people's evidence, places, devices and days are events which those people can
// see. One stream per reader and month.
//
// It decides nothing about rights: that was done before, in domain/access.
package audit

import "github.com/punchledger/punchledger/domain"

// Category is the first part of the names of this package's streams.
const Category = "audit"

// Categories returns the categories of the streams that this package writes.
func Categories() []string { return []string{Category} }

// Events returns the zero value of every event type of this package.
func Events() []domain.Event { return []domain.Event{RecordsRead{}, TraceServed{}} }

// Upcasters returns the functions that lift events of older schemas; no schema has changed yet.
func Upcasters() []domain.Upcaster { return nil }

// Stream returns the name of the stream that reads of a principal at an instant are kept in.
func Stream(reader string, at domain.Instant) string {
	return Category + "-" + reader + "-" + at.Time().Format("200601")
}

// Class says what kind of data was read.
type Class string

// The classes of reads.
const (
	Evidence Class = "evidence" // photos and files
	Location Class = "location" // where a punch was made
	Network  Class = "network"
	Device   Class = "device"  // devices of a person
	Records  Class = "records" // days, rows and punches, by somebody from outside the line of command
	Trace    Class = "trace"
)

// Classes returns all classes.
func Classes() []Class { return []Class{Evidence, Location, Network, Device, Records, Trace} }

// MaxSubjects is how many people one event names; a larger read is several events.
const MaxSubjects = 1000
