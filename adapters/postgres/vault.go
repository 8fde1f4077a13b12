package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore/vault"
	"github.com/punchledger/punchledger/projections/rowmark"
)

// Vault keeps the wrapped keys of personal evidence in PostgreSQL. It implements vault.Keys; what was stored is on the disk when a call
// returns.
//
// An erased key is out of the table. The file of the table, the write-ahead log and their copies hold it until they are overwritten, as
// safe as its epoch key.
type Vault struct{ *kept }

var _ vault.Keys = (*Vault)(nil)

// OpenVault opens the vault of a ledger. One that a ledger begins with is nobody's until it is claimed.
func OpenVault(ctx context.Context, o KeptOptions) (*Vault, error) {
	k, err := openKept(ctx, vaultKind, o)
	if err != nil {
		return nil, err
	}
	return &Vault{k}, nil
}

// Claim notes durably which ledger the vault belongs to. One that belongs to another is an *OwnedError.
func (v *Vault) Claim(ctx context.Context, ledger string) error { return v.claim(ctx, ledger) }

const keyColumns = "id, subject, class, period, epoch, wrapped, state, created_at, marks"

// Get implements vault.Keys.
func (v *Vault) Get(ctx context.Context, id string) (vault.Key, bool, error) {
	return v.one(ctx, "WHERE id = $1", id)
}

// Find implements vault.Keys.
func (v *Vault) Find(ctx context.Context, subject string, class domain.SecretClass, period string) (vault.Key, bool, error) {
	return v.one(ctx, "WHERE subject = $1 AND class = $2 AND period = $3", subject, string(class), period)
}

// All implements vault.Keys, with the keys of one moment in the order of their ids.
func (v *Vault) All(ctx context.Context, yield func(vault.Key) error) error {
	keys, err := v.read(ctx, "ORDER BY id")
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := yield(k); err != nil {
			return err
		}
	}
	return nil
}

func (v *Vault) one(ctx context.Context, which string, args ...any) (vault.Key, bool, error) {
	keys, err := v.read(ctx, which, args...)
	if err != nil || len(keys) == 0 {
		return vault.Key{}, false, err
	}
	return keys[0], true, nil
}

func (v *Vault) read(ctx context.Context, which string, args ...any) ([]vault.Key, error) {
	rows, err := v.pool.Query(ctx, "SELECT "+keyColumns+" FROM vault_key "+which, args...)
	if err != nil {
		return nil, v.failed(ctx, "read the vault", false, err)
	}
	out, err := pgx.CollectRows(rows, v.scan)
	return out, v.failed(ctx, "read the vault", false, err)
}

func (v *Vault) scan(row pgx.CollectableRow) (vault.Key, error) {
	var k vault.Key
	var class, state string
	var created int64
	var marks []byte
	if err := row.Scan(&k.ID, &k.Subject, &class, &k.Period, &k.Epoch, &k.Wrapped, &state, &created, &marks); err != nil {
		return k, err
	}
	k.Class, k.State, k.CreatedAt = domain.SecretClass(class), vault.State(state), domain.Instant(created)
	if string(marks) != string(keyMark(k)) {
		return k, &AlteredError{v.name, v.where, fmt.Sprintf("the key %s is not what was written", k.ID)}
	}
	return k, nil
}

// keyMark binds a wrapped key to its place and to all that is said of it.
func keyMark(k vault.Key) []byte {
	place := rowmark.Place("vault_key", k.ID, k.Subject, string(k.Class), k.Period, int64(k.Epoch), string(k.State), int64(k.CreatedAt))
	mark := rowmark.Of(place, k.Wrapped)
	return mark[:]
}

// Put implements vault.Keys. Where the database was lost meanwhile the error is an *UnavailableError that says Unknown; a Put for the same
// subject, class and period then returns the key that they have, whichever it is.
func (v *Vault) Put(ctx context.Context, k vault.Key) (vault.Key, error) {
	_, err := v.write(ctx, "store a key",
		"INSERT INTO vault_key ("+keyColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
		k.ID, k.Subject, string(k.Class), k.Period, k.Epoch, solid(k.Wrapped), string(k.State), int64(k.CreatedAt), keyMark(k))
	if err != nil {
		return vault.Key{}, err
	}
	won, found, err := v.Find(ctx, k.Subject, k.Class, k.Period)
	if err == nil && !found {
		err = fmt.Errorf("%s: key %s is not there after it was stored", v.where, k.ID)
	}
	return won, err
}

// Erase implements vault.Keys.
func (v *Vault) Erase(ctx context.Context, id string) error {
	k, found, err := v.Get(ctx, id)
	if err == nil && !found {
		err = &vault.UnknownKeyError{Key: id}
	}
	if err != nil {
		return err
	}
	k = erasedKey(k)
	_, err = v.write(ctx, "erase key "+id, "UPDATE vault_key SET wrapped = '', state = 'erased', marks = $2 WHERE id = $1", id, keyMark(k))
	return err
}

func erasedKey(k vault.Key) vault.Key {
	k.Wrapped, k.State = nil, vault.Erased
	return k
}

// importAtOnce is how many keys one statement takes.
const importAtOnce = 5000

// Import adds keys of the same ledger as they are, in one transaction, and claims the vault for it. A key that is there stays; what was
// erased on either side is erased then. Where a subject, class and period has another key, or the vault another ledger, nothing is
// added and the error is an *OwnedError.
func (v *Vault) Import(ctx context.Context, ledger string, keys []vault.Key) error {
	err := v.transact(ctx, "add keys", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "LOCK TABLE vault_key IN SHARE ROW EXCLUSIVE MODE"); err != nil {
			return err
		}
		done, err := tx.Exec(ctx, "UPDATE vault_meta SET ledger = $1 WHERE ledger IN ('', $1)", ledger)
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			return &OwnedError{v.name, v.where}
		}
		for len(keys) > 0 {
			n := min(len(keys), importAtOnce)
			if err := v.add(ctx, tx, keys[:n]); err != nil {
				return err
			}
			keys = keys[n:]
		}
		return nil
	})
	if err == nil {
		v.ledger = ledger
	}
	return err
}

// add adds keys in a transaction.
func (v *Vault) add(ctx context.Context, tx pgx.Tx, keys []vault.Key) error {
	n := len(keys)
	ids, subjects, classes, periods, states := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	epochs, created := make([]int32, n), make([]int64, n)
	wrapped, marks := make([][]byte, n), make([][]byte, n)
	var erased []string
	var erasedMarks [][]byte
	for i, k := range keys {
		ids[i], subjects[i], classes[i], periods[i], states[i] = k.ID, k.Subject, string(k.Class), k.Period, string(k.State)
		epochs[i], created[i], wrapped[i], marks[i] = int32(k.Epoch), int64(k.CreatedAt), solid(k.Wrapped), keyMark(k)
		if k.State == vault.Erased {
			erased, erasedMarks = append(erased, k.ID), append(erasedMarks, keyMark(k))
		}
	}
	if _, err := tx.Exec(ctx, "INSERT INTO vault_key ("+keyColumns+`) SELECT * FROM
unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int4[], $6::bytea[], $7::text[], $8::int8[], $9::bytea[]) ON CONFLICT DO NOTHING`,
		ids, subjects, classes, periods, epochs, wrapped, states, created, marks); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE vault_key k SET wrapped = '', state = 'erased', marks = e.marks
FROM unnest($1::text[], $2::bytea[]) AS e (id, marks) WHERE k.id = e.id AND k.state <> 'erased'`, erased, erasedMarks); err != nil {
		return err
	}
	var others int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM unnest($1::text[]) AS given (id)
WHERE NOT EXISTS (SELECT FROM vault_key k WHERE k.id = given.id)`, ids).Scan(&others)
	if err == nil && others > 0 {
		err = &OwnedError{v.name, v.where}
	}
	return err
}

// Check reads every key and its mark, with whatever the database checks by itself. It does not see that keys are missing: what they sealed
// does not open then.
func (v *Vault) Check(ctx context.Context) error {
	return v.All(ctx, func(vault.Key) error { return nil })
}
