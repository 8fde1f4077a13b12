package zone

// EngineCommand is a wish about the engine.
//
//sumtype:decl
type EngineCommand interface {
	Stream() string
	engineCommand()
}

// ReleaseEngine records the build that is running. VectorsFailed is how many of its vectors did not pass.
type ReleaseEngine struct {
	Version       string
	Build         string
	TZData        TZData
	VectorsHash   string
	VectorsFailed int
}

// AdoptZoneData makes a shipped release of the time zone database the one that counts.
type AdoptZoneData struct {
	TZData TZData
}

// Stream returns EngineStream.
func (ReleaseEngine) Stream() string { return EngineStream }

// Stream returns EngineStream.
func (AdoptZoneData) Stream() string { return EngineStream }

func (ReleaseEngine) engineCommand() {}
func (AdoptZoneData) engineCommand() {}

// EngineFacts are what a decision needs from elsewhere: nothing.
type EngineFacts struct{}
