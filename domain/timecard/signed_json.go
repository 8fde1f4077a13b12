package timecard

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/punchledger/punchledger/domain"
)

// strict decodes one JSON object whose names must be those of v, each once and spelled as there. What is wrong is an *Error that
// names the member below field.
func strict(field string, b []byte, longest int, v any) error {
	if len(b) > longest {
		return domain.NewError(domain.Invalid, "invalid_field", "field", field, "problem", "too_many_bytes", "max", strconv.Itoa(longest))
	}
	if len(b) == 0 {
		return domain.NewError(domain.Invalid, "invalid_field", "field", field, "problem", "missing")
	}
	err := jsonv2.Unmarshal(b, v, jsonv2.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	problem, at := "not_json", ""
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		at = string(e.JSONPointer)
	}
	if e, ok := errors.AsType[*jsonv2.SemanticError](err); ok {
		problem, at = "wrong_type", string(e.JSONPointer)
	}
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		problem = "doubled_name"
	case errors.Is(err, jsonv2.ErrUnknownName):
		problem = "unknown_name"
	}
	return domain.NewError(domain.Invalid, "invalid_field", "field", field+pointer(at), "problem", problem)
}

// pointer cuts what a sender chose as a name to a length that fits into an answer.
func pointer(at string) string {
	const longest = 80
	if len(at) > longest {
		at = strings.ToValidUTF8(at[:longest], "") + "…"
	}
	return at
}

// unbase64 decodes base64url without padding.
func unbase64(field, s string, longest int) ([]byte, error) {
	if base64.RawURLEncoding.DecodedLen(len(s)) > longest {
		return nil, domain.NewError(domain.Invalid, "invalid_field", "field", field, "problem", "too_many_bytes", "max", strconv.Itoa(longest))
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") { // which the decoder skips
		return nil, domain.NewError(domain.Invalid, "invalid_field", "field", field, "problem", "not_base64url")
	}
	return b, nil
}

// encodeBody returns a body as bytes to be signed, once it is one that DecodeBody takes.
func encodeBody(b Body) ([]byte, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	return jsonv2.Marshal(b)
}
