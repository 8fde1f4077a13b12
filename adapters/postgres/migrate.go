package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed views_tables/*.sql log_tables/*.sql vault_tables/*.sql state_tables/*.sql
var migrations embed.FS

// Folders of migrations: of the views, and of the log, which are in schemas of their own; of a vault and of a state, which may lie beside
// others in one schema, and so each count their migrations in a table of their own.
const (
	viewsTables = "views_tables"
	logTables   = "log_tables"
	vaultTables = "vault_tables"
	stateTables = "state_tables"
)

var countedIn = map[string]string{vaultTables: "vault_migrations", stateTables: "state_migrations"}

// migrate brings the tables to the form that this build has; of processes that do so at once, one does it and the others wait.
func migrate(ctx context.Context, config *pgx.ConnConfig, schema, folder string) (err error) {
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := createSchema(ctx, db, schema); err != nil {
		return err
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	turns, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	options := []goose.ProviderOption{goose.WithSessionLocker(turns)}
	if table := countedIn[folder]; table != "" {
		options = append(options, goose.WithTableName(table))
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, options...)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// createSchema makes the schema where there is none: who may not make one may be given one.
func createSchema(ctx context.Context, db *sql.DB, schema string) error {
	var there bool
	if err := db.QueryRowContext(ctx, "SELECT to_regnamespace($1) IS NOT NULL", pgx.Identifier{schema}.Sanitize()).Scan(&there); err != nil || there {
		return err
	}
	if _, err := db.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{schema}.Sanitize()); err != nil {
		return fmt.Errorf("create the schema %s: %w", schema, err)
	}
	return nil
}
