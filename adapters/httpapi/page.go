package httpapi

import (
	"encoding/base64"
	"slices"
	"sort"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Page asks for a part of a list. A cursor is what the answer before gave as next; it holds the place of its last row, so that rows
// which come or go meanwhile move no other.
type Page struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"200" doc:"Rows, at most."`
	Cursor string `query:"cursor" maxLength:"512" doc:"The next of the page before."`

	after []string
}

// Resolve reads the cursor.
func (p *Page) Resolve(huma.Context) []error {
	if p.Cursor == "" {
		return nil
	}
	key, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil || !strings.HasPrefix(string(key), "1\n") {
		return []error{&huma.ErrorDetail{Location: "query.cursor", Message: faultPrefix + "not_a_cursor"}}
	}
	p.after = strings.Split(string(key), "\n")[1:]
	return nil
}

// part returns a part of the key that the page begins after, or nothing.
func (p *Page) part(i int) string {
	if i < len(p.after) {
		return p.after[i]
	}
	return ""
}

// cursorOf makes the cursor of a row from its key.
func cursorOf(key ...string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("1\n" + strings.Join(key, "\n")))
}

// List is a page of a list.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"The cursor of the next page; nothing on the last one."`
}

// Listed is the answer of a route that lists.
type Listed[T any] struct {
	Seen
	Body List[T]
}

// from returns the sorted ids that a page still has to look at, the one in which the page before ended included.
func from(ids []string, after string) []string {
	return ids[sort.SearchStrings(ids, after):]
}

// pageOf cuts a page out of a sorted list of ids that is made into rows one by one; rows for which row says false are left out.
func pageOf[T any](p *Page, ids []string, row func(id string) (T, bool, error)) (List[T], error) {
	out := List[T]{Items: []T{}}
	last := ""
	for _, id := range from(ids, p.part(0)) {
		if id == p.part(0) {
			continue
		}
		if len(out.Items) == p.Limit {
			out.Next = cursorOf(last)
			break
		}
		item, ok, err := row(id)
		if err != nil {
			return out, err
		}
		if ok {
			out.Items = append(out.Items, item)
			last = id
		}
	}
	return out, nil
}

// employees returns the ids that a list over people looks at: one or all.
func employees(all []string, only string) []string {
	if only == "" {
		return all
	}
	if _, ok := slices.BinarySearch(all, only); !ok {
		return nil
	}
	return []string{only}
}
