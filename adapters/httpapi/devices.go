package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// deviceShown is a device that is or was somebody's.
type deviceShown struct {
	Device    string           `json:"device"`
	Kind      place.DeviceKind `json:"kind"`
	Model     string           `json:"model,omitempty"`
	BoundAt   domain.Instant   `json:"bound_at"`
	BoundTill domain.Instant   `json:"bound_until,omitzero"`
	Confirmed bool             `json:"confirmed" doc:"Somebody has seen on a second channel whose it is; until then its punches are held."`
	Trust     place.TrustLevel `json:"trust"`
	LostSince domain.Instant   `json:"blocked_since,omitzero" doc:"What it made before is believed."`
	Retired   bool             `json:"retired,omitempty"`
	Successor string           `json:"replaced_by,omitempty"`
	KeyID     string           `json:"key_id,omitempty"`
	Next      int64            `json:"next" doc:"The order number that the ledger expects next."`
}

// DeviceOf is a device in a path.
type DeviceOf struct {
	Device string `path:"device" maxLength:"64" pattern:"^[a-z0-9_.]+$" doc:"Id of the device."`
}

type deviceIn struct {
	Whose
	DeviceOf
}

type enrolIn struct {
	Whose
	DeviceOf
	Body struct {
		Kind      place.DeviceKind `json:"kind" enum:"phone,web"`
		PublicKey string           `json:"public_key" minLength:"1" maxLength:"200" doc:"Ed25519 or P-256: SubjectPublicKeyInfo as DER in base64. The private half never leaves the device."`
		Model     string           `json:"model,omitempty" maxLength:"64"`
	}
}

type lostIn struct {
	Whose
	DeviceOf
	Body struct {
		Since string `json:"since" maxLength:"40" doc:"When it was lost, at the place of work or with an offset. What it made before is believed."`
	}
}

type confirmIn struct {
	Whose
	DeviceOf
	Body struct {
		How string `json:"how" pattern:"^[a-z0-9_.-]{1,64}$" example:"in_person" doc:"The second channel."`
	}
}

type trustIn struct {
	Whose
	DeviceOf
	Body struct {
		Reason
		Level place.TrustLevel `json:"level" enum:"trusted,limited,blocked"`
		Since string           `json:"since,omitempty" maxLength:"40" doc:"Of a blocked one: what it made before is believed."`
	}
}

type handOverIn struct {
	Whose
	DeviceOf
	Body struct {
		To        string `json:"to" maxLength:"64" doc:"Device that takes its place."`
		LastN     int64  `json:"last_n,omitempty" minimum:"0" doc:"Order number of its last punch, with a signature."`
		LastHash  string `json:"last_hash,omitempty" maxLength:"64"`
		Signature string `json:"signature,omitempty" maxLength:"200" doc:"By the device, over the text of its hand-over; without it the chain ends broken."`
	}
}

func (s *Server) deviceRoutes() {
	const object = "device"
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/devices", ID: "list-devices", Action: access.DeviceRead, Object: object,
		Summary: "Devices that are or were somebody's.",
	}, listDevices)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/devices/{device}", ID: "enrol-device", Action: access.DeviceUse,
		Object: "own device", Summary: "Enrol a device of one's own by its public key.", Status: http.StatusCreated,
	}, enrolDevice)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/devices/{device}/retire", ID: "retire-device", Action: access.DeviceUse,
		Object: "own device", Summary: "Use a device of one's own no more; what it still holds may be handed in.",
	},
		func(ctx context.Context, c *Call, in *deviceIn) (*Written, error) {
			return c.toDevice(ctx, in.Emp, in.Device, place.RetireDevice{Device: in.Device})
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/devices/{device}/lost", ID: "lose-device", Action: access.DeviceUse,
		Object: "own device", Summary: "Say that a device of one's own is lost.",
	},
		func(ctx context.Context, c *Call, in *lostIn) (*Written, error) {
			since, err := c.Directory().LocalTime(in.Emp, "", "since", in.Body.Since)
			if err != nil {
				return nil, err
			}
			return c.toDevice(ctx, in.Emp, in.Device, place.SetTrust{Device: in.Device, Level: place.Blocked, Reason: "lost", Since: since})
		})
	s.deviceCareRoutes()
}

// deviceCareRoutes are for those who look after the devices of others.
func (s *Server) deviceCareRoutes() {
	const object = "device"
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/devices/{device}/confirm", ID: "confirm-device", Action: access.DeviceEdit,
		Object: object, Summary: "Say that one has seen on a second channel whose device it is.",
	},
		func(ctx context.Context, c *Call, in *confirmIn) (*Written, error) {
			return c.toDevice(ctx, in.Emp, in.Device, place.ConfirmDevice{Device: in.Device, By: c.Who.Principal, How: in.Body.How, Now: c.Now})
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/devices/{device}/trust", ID: "trust-device", Action: access.DeviceEdit,
		Object: object, Summary: "Say how far a device is believed.",
	},
		func(ctx context.Context, c *Call, in *trustIn) (*Written, error) {
			set := place.SetTrust{Device: in.Device, Level: in.Body.Level, Reason: in.Body.Reason.Reason}
			if in.Body.Since != "" {
				var err error
				if set.Since, err = c.Directory().LocalTime(in.Emp, "", "since", in.Body.Since); err != nil {
					return nil, err
				}
			}
			return c.toDevice(ctx, in.Emp, in.Device, set)
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/devices/{device}/handover", ID: "hand-over-device", Action: access.DeviceEdit,
		Object: object, Summary: "Say that another device of the same person takes its place.",
	},
		func(ctx context.Context, c *Call, in *handOverIn) (*Written, error) {
			b := in.Body
			if err := c.itsDevice(in.Emp, b.To); err != nil {
				return nil, err
			}
			return c.toDevice(ctx, in.Emp, in.Device, place.HandOver{
				Device: in.Device, To: b.To, LastN: b.LastN, LastHash: b.LastHash, Signature: b.Signature, Now: c.Now,
			})
		})
}

// itsDevice refuses devices that are not the person's: an act about one person reaches no device of another.
func (c *Call) itsDevice(emp, device string) error {
	d := c.Directory().Device(device)
	if bound := d.BoundTo(); bound == emp || bound == "" && d.EverBoundTo(emp) {
		return nil
	}
	return domain.NewError(domain.NotFound, "unknown_device", "stream", "device-"+device)
}

func (c *Call) toDevice(ctx context.Context, emp, device string, cmd ledger.Command) (*Written, error) {
	if err := c.itsDevice(emp, device); err != nil {
		return nil, err
	}
	return c.act(ctx, cmd, device)
}

// enrolDevice enrols and binds. A device that was enrolled with the same key, and is nobody's because that was interrupted, is bound.
func enrolDevice(ctx context.Context, c *Call, in *enrolIn) (*Written, error) {
	b := in.Body
	_, err := c.Do(ctx, place.EnrolDevice{Device: in.Device, Kind: b.Kind, PublicKey: b.PublicKey, Model: b.Model})
	if errors.Is(err, &domain.Error{Code: "device_exists"}) {
		if d := c.Directory().Device(in.Device); d.PublicKey == b.PublicKey && len(d.Bindings) == 0 {
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	return c.act(ctx, place.BindDevice{Device: in.Device, Emp: in.Emp, Now: c.Now}, in.Device)
}

func listDevices(_ context.Context, c *Call, in *Whose) (*Listed[deviceShown], error) {
	d := c.Directory()
	out := &Listed[deviceShown]{Seen: c.tip, Body: List[deviceShown]{Items: []deviceShown{}}}
	for _, id := range d.IDs("device") {
		s := d.Device(id)
		i := slices.IndexFunc(s.Bindings, func(b place.Binding) bool { return b.Emp == in.Emp })
		if i < 0 {
			continue
		}
		last := s.Bindings[i]
		for _, b := range s.Bindings[i:] {
			if b.Emp == in.Emp {
				last = b
			}
		}
		row := deviceShown{
			Device: id, Kind: s.Kind, Model: s.Model, BoundAt: last.From, BoundTill: last.To, Confirmed: s.Confirmed, Trust: s.Trust,
			LostSince: s.BlockedSince, Retired: s.Retired, Next: d.Head(id).N + 1,
		}
		if s.End != nil {
			row.Successor = s.End.To
		}
		if n := len(s.Keys); n > 0 {
			if key, err := place.ParseKey(s.Keys[n-1].PublicKey); err == nil {
				row.KeyID = key.ID
			}
		}
		out.Body.Items = append(out.Body.Items, row)
	}
	return out, nil
}
