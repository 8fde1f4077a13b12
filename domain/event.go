package domain

// Event is a fact or decision as one stream keeps it. EventType is its stored name: a literal, never changed.
type Event interface {
	EventType() string
}

// Upcaster lifts the stored data of one event type from schema From to From+1. It is pure and keeps fields it does not know.
type Upcaster struct {
	Type string
	From int
	Up   func(data []byte) ([]byte, error)
}

// ActorKind says in which role somebody acted.
type ActorKind string

// The kinds of actors.
const (
	ActorEmployee ActorKind = "employee"
	ActorManager  ActorKind = "manager"
	ActorHR       ActorKind = "hr"
	ActorAdmin    ActorKind = "admin"
	ActorPayroll  ActorKind = "payroll"
	ActorAuditor  ActorKind = "auditor"
	ActorPrivacy  ActorKind = "privacy"
	ActorDevice   ActorKind = "device"
	ActorSystem   ActorKind = "system"
)

// Actor is who caused an event. OnBehalfOf names the person for whom it was done, where that is somebody else.
type Actor struct {
	Kind       ActorKind `json:"kind"`
	ID         string    `json:"id"`
	OnBehalfOf string    `json:"on_behalf_of,omitempty"`
}
