package httpapi

import (
	"errors"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/text"
)

// Limits of bodies, in bytes.
const (
	MaxBody      = 1 << 20
	MaxPunchBody = 64 << 10
	MaxUpload    = 5 << 20
)

const jsonType = "application/json"

// strictJSON reads bodies as exactly what their types say - no member twice, none unknown, none in other capitals - and writes
// answers as the command line does, less null for an empty list.
var strictJSON = huma.Format{
	Marshal: writeJSON,
	Unmarshal: func(data []byte, v any) error {
		if err := json.Unmarshal(data, v, json.RejectUnknownMembers(true), anyNumber); err != nil {
			return bodyFault(err)
		}
		return nil
	},
}

// anyNumber lets a number be read that is JSON and larger than any that a machine counts with, such as 1e999: it is the content that is
// wrong then, which whoever knows what belongs there says.
var anyNumber = json.WithUnmarshalers(json.UnmarshalFromFunc(func(d *jsontext.Decoder, v *any) error {
	if d.PeekKind() != '0' {
		return errors.ErrUnsupported
	}
	number, err := d.ReadValue()
	if err != nil {
		return err
	}
	*v, err = strconv.ParseFloat(string(number), 64)
	if errors.Is(err, strconv.ErrRange) {
		return nil
	}
	return err
}))

func writeJSON(w io.Writer, v any) error {
	if err := json.MarshalWrite(w, v, json.Deterministic(true), jsonv1.OmitEmptyWithLegacySemantics(true)); err != nil {
		return err
	}
	_, err := w.Write([]byte{'\n'})
	return err
}

// faultPrefix begins messages that are a code of ours, and for bodies a pointer; others are huma's sentences.
const faultPrefix = "fault:"

// bodyFault says what is wrong with a body and where, without a word of what stands there.
func bodyFault(err error) error {
	code, pointer := "not_as_described", ""
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		code, pointer = "wrong_type", string(e.JSONPointer)
		if e.GoType == reflect.TypeFor[domain.Date]() {
			code = "not_a_date"
		}
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		code, pointer = "not_json", string(e.JSONPointer)
	}
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		code = "twice"
	case errors.Is(err, json.ErrUnknownName):
		code = "unknown_member"
	case errors.Is(err, strconv.ErrRange):
		code = "out_of_range"
	}
	return errors.New(faultPrefix + code + " " + pointer)
}

// sentences are the beginnings of huma's sentences with our codes, the longer before the shorter; what is not among them is
// not_as_described.
var sentences = []struct{ prefix, code string }{
	{"unexpected property", "unknown_member"},
	{"unknown query parameter", "unknown_member"},
	{"expected required property", "missing"},
	{"required ", "missing"},
	{"expected length <=", "too_long"},
	{"expected array length <=", "too_many"},
	{"expected length >=", "missing"},
	{"expected array length >=", "missing"},
	{"expected number <", "out_of_range"},
	{"expected number >", "out_of_range"},
	{"expected value to be one of", "unknown_value"},
	{"expected string to be RFC 3339 date", "not_a_date"},
	{"expected string to match pattern ^[a-z0-9_.-]", "not_a_code"},
	{"expected string to match pattern ^[a-z0-9_.]", "not_an_id"},
	{"expected string to match pattern ^[0-9]", "not_a_number"},
	{"expected string to ", "not_as_described"},
	{"expected string", "wrong_type"},
	{"expected number", "wrong_type"},
	{"expected integer", "wrong_type"},
	{"expected boolean", "wrong_type"},
	{"expected array", "wrong_type"},
	{"expected object", "wrong_type"},
	{"invalid value: date", "not_a_date"},
	{"invalid value: month", "not_a_month"},
	{"invalid integer", "not_a_number"},
	{"invalid boolean", "wrong_type"},
}

// mostFaults is how many faults an answer lists: whoever sends a million of them is told the first.
const mostFaults = 20

// faultOf reads one of huma's details.
func faultOf(t *text.Catalogue, d *huma.ErrorDetail) Fault {
	in, rest, _ := strings.Cut(d.Location, ".")
	f := Fault{In: in, Pointer: rest, Problem: "not_as_described"}
	if coded, ok := strings.CutPrefix(d.Message, faultPrefix); ok {
		code, pointer, _ := strings.Cut(coded, " ")
		f.Problem = code
		if pointer != "" {
			f.Pointer = pointer
		}
	} else {
		if in == "body" {
			f.Pointer = pointerOf(rest)
		}
		for _, s := range sentences {
			if strings.HasPrefix(d.Message, s.prefix) {
				f.Problem = s.code
				break
			}
		}
		if name, ok := strings.CutPrefix(d.Message, "expected required property "); ok && in == "body" {
			name, _, _ = strings.Cut(name, " ")
			f.Pointer += "/" + name
		}
	}
	f.Pointer, f.Detail = text.Shown(f.Pointer), t.Text("faults."+f.Problem, nil)
	return f
}

// pointerOf turns a path such as days[3].shift into a JSON pointer.
func pointerOf(path string) string {
	if path == "" {
		return ""
	}
	return "/" + strings.NewReplacer("[", "/", "]", "", ".", "/").Replace(path)
}

// unreadBody is what huma says of a body that ends before its length, or whose chunks are none.
const unreadBody = "cannot read request body"

// inOurWords turns the answers of huma to what it could not read into ours. They hold nothing of what was sent.
func (s *Server) inOurWords(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	t := catalogueOf(ctx.Query("lang"), ctx.Header("Accept-Language"))
	code := codeInvalid
	switch m.Status {
	case http.StatusBadRequest:
		code = codeMalformed
	case http.StatusRequestTimeout:
		code = codeSlow
	case http.StatusRequestEntityTooLarge:
		code = codeTooLarge
	case http.StatusUnsupportedMediaType:
		code = codeMediaType
	case http.StatusNotAcceptable:
		code = codeNotAcceptable
	case http.StatusUnprocessableEntity:
	default:
		if m.Detail != unreadBody {
			return s.internal(t, errors.New(m.Detail)), nil
		}
		code, m.Status, m.Errors = codeCut, http.StatusBadRequest, nil
		ctx.SetStatus(m.Status) // the first status counts, which would be that of a fault of ours
	}
	faults := make([]Fault, min(len(m.Errors), mostFaults))
	for i := range faults {
		faults[i] = faultOf(t, m.Errors[i])
	}
	p := problemOf(t, domain.NewError(domain.Invalid, code))
	p.Status, p.Errors = m.Status, faults
	return p, nil
}
