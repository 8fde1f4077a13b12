package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/punchledger/punchledger/projections/inbox"
)

// errEnough ends a reading that has what it wants.
var errEnough = errors.New("enough was read")

// document decodes the row with a key into a value.
func (t *viewTx) document(ctx context.Context, into any, in *table, key ...any) (bool, error) {
	r, found, err := t.one(ctx, in, key...)
	if err != nil || !found {
		return false, err
	}
	return true, jsonv2.Unmarshal(r.blobs[0], into)
}

// putDocument writes a value as the row with a key.
func (t *viewTx) putDocument(ctx context.Context, in *table, emp string, value any, key ...any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode the row %s of %s: %w", spoken(key), in.name, err)
	}
	return t.put(ctx, in, emp, row{key, [][]byte{data}})
}

// InboxItem implements inbox.Tx.
func (t *viewTx) InboxItem(ctx context.Context, key string) (i inbox.Item, found bool, err error) {
	found, err = t.document(ctx, &i, waiting, key)
	return i, found, err
}

// PutInboxItem implements inbox.Tx.
func (t *viewTx) PutInboxItem(ctx context.Context, i inbox.Item) error {
	return t.putDocument(ctx, waiting, i.Employee, &i, i.Key(), i.Who, i.Employee)
}

// DropInboxItem implements inbox.Tx.
func (t *viewTx) DropInboxItem(_ context.Context, key string) error {
	t.drop(waiting, "", key)
	return nil
}

// InboxItems implements inbox.Reader.
func (v *Views) InboxItems(ctx context.Context, q inbox.Query, yield func(inbox.Item) error) error {
	c := choose(waiting).of(q.Employee)
	if q.Who != "" {
		c.only("who IN ($, '')", q.Who)
	}
	return documents(ctx, v, c, yield)
}

// Request implements inbox.FiledTx.
func (t *viewTx) Request(ctx context.Context, employee, id string) (f inbox.Filed, found bool, err error) {
	found, err = t.document(ctx, &f, requests, employee, id)
	return f, found, err
}

// PutRequest implements inbox.FiledTx.
func (t *viewTx) PutRequest(ctx context.Context, f inbox.Filed) error {
	return t.putDocument(ctx, requests, f.Employee, &f, f.Employee, f.Request)
}

// Requests implements inbox.FiledReader; an empty employee selects all.
func (v *Views) Requests(ctx context.Context, employee string, yield func(inbox.Filed) error) error {
	return documents(ctx, v, choose(requests).of(employee), yield)
}
