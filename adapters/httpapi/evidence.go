package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/audit"
	"github.com/punchledger/punchledger/domain/evidence"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// Evidence keeps the photos and files that people hand in. Its refusals are errors with codes.
type Evidence interface {
	// Add takes a file in; the same id gives the first answer again.
	Add(ctx context.Context, id, emp string, actor domain.Actor, content []byte) (StoredEvidence, ledger.Receipt, error)
	// Find returns what is recorded of evidence.
	Find(ctx context.Context, reference string) (StoredEvidence, error)
	// Month lists what an employee handed in in a UTC month, such as 202610.
	Month(ctx context.Context, emp, month string, yield func(StoredEvidence) error) error
	// Get opens evidence. That it is read has been written down before it is sent.
	Get(ctx context.Context, reference string, original bool) (OpenedEvidence, error)
	// Attach returns evidence as the event of a request names it.
	Attach(ctx context.Context, reference string) (evidence.Attachment, error)
}

// StoredEvidence is what anybody who may see evidence learns of it without opening it.
type StoredEvidence struct {
	Reference string         `json:"evidence" doc:"Name it in a request, or read it by it."`
	Emp       string         `json:"emp"`
	SHA256    string         `json:"sha256" doc:"Of the file as it was handed in."`
	MIME      string         `json:"mime"`
	Bytes     int64          `json:"bytes"`
	Width     int            `json:"width,omitempty"`
	Height    int            `json:"height,omitempty"`
	At        domain.Instant `json:"received_at"`
}

// OpenedEvidence is evidence in clear.
type OpenedEvidence struct {
	Bytes []byte
	MIME  string
}

// fileTypes are the content types of an upload. What a file is is told by its bytes.
var fileTypes = strings.Join(append(evidence.Types(), "application/octet-stream"), ", ")

type uploadIn struct {
	Whose
	RawBody []byte `contentType:"application/octet-stream" doc:"The file: JPEG, PNG, WebP or PDF."`
}

type uploaded struct {
	Body struct {
		Receipt
		StoredEvidence
	}
}

type evidenceListIn struct {
	WhoseDays
	Page
}

type evidenceIn struct {
	Whose
	Ref      string `path:"ref" maxLength:"96" pattern:"^[a-z0-9_.]+$" doc:"The reference."`
	Original bool   `query:"original" doc:"As it was handed in, with what a camera wrote into it, instead of the copy for viewing."`
	Purpose  string `query:"purpose" default:"review" maxLength:"64" pattern:"^[a-z0-9_.-]{1,64}$" doc:"Why, as a code; the person sees it."`
	Request  string `query:"request" maxLength:"64" pattern:"^[a-zA-Z0-9_.-]*$" doc:"The request that it was handed in for: who may see that on its date may see this."`
}

// About implements input. Evidence of a request is looked at as the request is: on its date, by who has its turn too.
func (in *evidenceIn) About(c *Call) Subject {
	about := Subject{Scope: OfOne, Emp: in.Emp}
	if c == nil {
		return about
	}
	if mark, ok := c.Directory().RequestMark(in.Request); ok && mark.Emp == in.Emp {
		return subjectOf(mark)
	}
	if r, err := evidence.ParseReference(in.Ref); err == nil {
		if first, err := domain.ParseDate(r.Month[:4] + "-" + r.Month[4:] + "-01"); err == nil {
			about.From, about.To = first, first.AddMonths(1) // the next one, for places behind UTC or before it
		}
	}
	return about
}

type fileOut struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Policy      string `header:"Content-Security-Policy"`
	Body        []byte
}

type readsIn struct {
	Whose
	Page
}

func (s *Server) evidenceRoutes() {
	const object = "evidence"
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/evidence", ID: "add-evidence", Action: access.RequestFile, Object: object,
		Summary: "Hand in a photo or file.", Status: http.StatusCreated, MaxBody: evidence.MaxBytes, Accepts: fileTypes,
	}, addEvidence)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/evidence", ID: "list-evidence", Action: access.EvidenceRead, Object: object,
		Summary: "What somebody handed in: hashes, kinds and sizes; nothing of the content.",
	}, listEvidence)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/evidence/{ref}", ID: "get-evidence", Action: access.EvidenceRead, Object: object,
		Summary: "A photo or file. That it was read is recorded first, for the person to see.",
	}, getEvidence)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/reads", ID: "list-reads", Action: access.ReadsRead, Object: "read",
		Summary: "Who was shown what is kept about somebody, the last first.",
	}, listReads)
}

func addEvidence(ctx context.Context, c *Call, in *uploadIn) (*uploaded, error) {
	if err := c.s.o.Writable(); err != nil {
		return nil, err
	}
	stored, r, err := c.s.o.Evidence.Add(ctx, c.derive("evidence"), in.Emp, c.actorFor(in.Emp), in.RawBody)
	if err != nil {
		return nil, err
	}
	out := &uploaded{}
	out.Body.Receipt, out.Body.StoredEvidence = written(r, "").Body, stored
	return out, nil
}

func listEvidence(ctx context.Context, c *Call, in *evidenceListIn) (*Listed[StoredEvidence], error) {
	first, last := in.Window(c.Today)
	byID := map[string]StoredEvidence{}
	var ids []string
	for month := (first - 1).MonthStart(); month <= last+1; month = month.AddMonths(1) {
		err := c.s.o.Evidence.Month(ctx, in.Emp, month.Time().Format("200601"), func(e StoredEvidence) error {
			if on := c.dayOf(e); on >= first && on <= last && c.Covers(in.Emp, on) {
				byID[e.Reference], ids = e, append(ids, e.Reference)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	page, err := pageOf(&in.Page, sorted(ids), func(id string) (StoredEvidence, bool, error) { return byID[id], true, nil })
	return &Listed[StoredEvidence]{Seen: c.tip, Body: page}, err
}

// dayOf is the date on which evidence was handed in, where the person works.
func (c *Call) dayOf(e StoredEvidence) domain.Date {
	z, err := zone.Embedded().Zone(c.Directory().Zone(e.Emp, e.At))
	if err != nil {
		return domain.DateOfUnix(e.At.Seconds())
	}
	return z.DateOf(e.At.Seconds())
}

func getEvidence(ctx context.Context, c *Call, in *evidenceIn) (*fileOut, error) {
	unknown := domain.NewError(domain.NotFound, "unknown_evidence", "evidence", in.Ref)
	r, err := evidence.ParseReference(in.Ref)
	if err != nil || r.Emp != in.Emp {
		return nil, unknown
	}
	stored, err := c.s.o.Evidence.Find(ctx, in.Ref)
	if err != nil {
		return nil, err
	}
	if err := c.seesEvidence(ctx, in, stored); err != nil {
		return nil, err
	}
	if err := c.s.o.Writable(); err != nil { // what cannot be written down is not shown
		return nil, err
	}
	opened, err := c.s.o.Evidence.Get(ctx, in.Ref, in.Original)
	if err != nil {
		return nil, err
	}
	form := "shown"
	if in.Original {
		form = "original"
	}
	err = ledger.Reads{Ledger: c.s.o.Ledger, NewID: func() string { return c.derive("read") }}.Record(ctx, c.Actor(), ledger.Shown{
		Query: "GET " + c.route.Path + " " + in.Ref + " " + form, Purpose: in.Purpose, Case: in.Request, Class: audit.Evidence,
		Subjects: []string{in.Emp}, Rows: 1, Content: opened.Bytes,
	})
	if err != nil {
		return nil, err
	}
	return &fileOut{
		ContentType: opened.MIME, Disposition: `attachment; filename="` + in.Ref + extensions[opened.MIME] + `"`,
		Policy: "default-src 'none'; sandbox; frame-ancestors 'none'", Body: opened.Bytes,
	}, nil
}

// seesEvidence looks once more, now that it is known when a file was handed in: it is shown to whom one may show that day, or the
// request that it belongs to.
func (c *Call) seesEvidence(ctx context.Context, in *evidenceIn, e StoredEvidence) error {
	if mark, ok := c.Directory().RequestMark(in.Request); ok && mark.Emp == in.Emp {
		has, err := c.s.o.Requests.Has(ctx, mark.Ref, e.SHA256)
		if err != nil || has {
			return err
		}
	}
	if c.ask(c.route.Action, Subject{Scope: OfOne, Emp: in.Emp, From: c.dayOf(e)}) != nil {
		return domain.NewError(domain.NotFound, "unknown_evidence", "evidence", in.Ref) // as one that is not there
	}
	return nil
}

// extensions are those of the names under which files are offered.
var extensions = map[string]string{evidence.JPEG: ".jpg", evidence.PNG: ".png", evidence.WebP: ".webp", evidence.PDF: ".pdf"}

func listReads(_ context.Context, c *Call, in *readsIn) (*Listed[ledger.Read], error) {
	d := c.Directory()
	if !d.Employee(in.Emp).Exists() {
		return nil, domain.NewError(domain.NotFound, "unknown_employee", "emp", in.Emp)
	}
	out := &Listed[ledger.Read]{Seen: c.tip, Body: List[ledger.Read]{Items: []ledger.Read{}}}
	passed := in.part(0) == ""
	for _, r := range d.ReadsOf(in.Emp) {
		if passed && len(out.Body.Items) == in.Limit {
			out.Body.Next = cursorOf(out.Body.Items[in.Limit-1].Event)
			break
		}
		if passed {
			out.Body.Items = append(out.Body.Items, r)
		}
		passed = passed || r.Event == in.part(0)
	}
	return out, nil
}
