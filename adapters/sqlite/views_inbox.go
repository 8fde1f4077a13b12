package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/punchledger/punchledger/projections/inbox"
	"github.com/punchledger/punchledger/projections/rowmark"
)

// InboxItem implements inbox.Tx.
func (t *viewTx) InboxItem(ctx context.Context, key string) (i inbox.Item, found bool, err error) {
	var who, emp string
	var blob []byte
	found, err = t.row(ctx, []any{&who, &emp, &blob}, "SELECT who, emp, data FROM inbox WHERE item = ?", key)
	if err != nil || !found {
		return i, false, err
	}
	data, err := t.content(blob, "inbox", key, who, emp)
	if err != nil {
		return i, false, err
	}
	return i, true, jsonv2.Unmarshal(data, &i)
}

// PutInboxItem implements inbox.Tx.
func (t *viewTx) PutInboxItem(ctx context.Context, i inbox.Item) error {
	key := i.Key()
	if err := t.DropInboxItem(ctx, key); err != nil {
		return err
	}
	data, err := json.Marshal(&i)
	if err != nil {
		return fmt.Errorf("encode what waits, %s: %w", key, err)
	}
	blob, mark := marked(rowmark.Place("inbox", key, i.Who, i.Employee), data)
	t.state.added("inbox", mark)
	return t.exec(ctx, "INSERT INTO inbox VALUES (?, ?, ?, ?)", key, i.Who, i.Employee, blob)
}

// DropInboxItem implements inbox.Tx.
func (t *viewTx) DropInboxItem(ctx context.Context, key string) error {
	const where = " FROM inbox WHERE item = ?"
	found, err := t.forget(ctx, "inbox", "SELECT substr(data, -8)"+where, key)
	if err != nil || !found {
		return err
	}
	return t.exec(ctx, "DELETE"+where, key)
}

// InboxItems implements inbox.Reader.
func (v *Views) InboxItems(ctx context.Context, q inbox.Query, yield func(inbox.Item) error) error {
	const columns = "SELECT item, who, emp, data FROM inbox "
	switch {
	case q.Who != "":
		return each(ctx, v, yield, "inbox", columns+"WHERE who IN (?1, '') AND (?2 = '' OR emp = ?2) ORDER BY item", q.Who, q.Employee)
	case q.Employee != "":
		return each(ctx, v, yield, "inbox", columns+"WHERE emp = ? ORDER BY item", q.Employee)
	}
	return each(ctx, v, yield, "inbox", columns+"ORDER BY item")
}

// Request implements inbox.FiledTx.
func (t *viewTx) Request(ctx context.Context, employee, id string) (f inbox.Filed, found bool, err error) {
	var blob []byte
	found, err = t.row(ctx, []any{&blob}, "SELECT data FROM request WHERE emp = ? AND id = ?", employee, id)
	if err != nil || !found {
		return f, false, err
	}
	data, err := t.content(blob, "request", employee, id)
	if err != nil {
		return f, false, err
	}
	return f, true, jsonv2.Unmarshal(data, &f)
}

// PutRequest implements inbox.FiledTx.
func (t *viewTx) PutRequest(ctx context.Context, f inbox.Filed) error {
	if _, err := t.forget(ctx, "request", "SELECT substr(data, -8) FROM request WHERE emp = ? AND id = ?", f.Employee, f.Request); err != nil {
		return err
	}
	data, err := json.Marshal(&f)
	if err != nil {
		return fmt.Errorf("encode the request %s: %w", f.Request, err)
	}
	blob, mark := marked(rowmark.Place("request", f.Employee, f.Request), data)
	t.state.added("request", mark)
	return t.exec(ctx, "INSERT OR REPLACE INTO request VALUES (?, ?, ?)", f.Employee, f.Request, blob)
}

// Requests implements inbox.FiledReader; an empty employee selects all.
func (v *Views) Requests(ctx context.Context, employee string, yield func(inbox.Filed) error) error {
	return each(ctx, v, yield, "request", "SELECT emp, id, data FROM request WHERE (?1 = '' OR emp = ?1) ORDER BY emp, id", employee)
}
