package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	_ "modernc.org/sqlite" // the anchor's driver
)

// naiveCommand is the argument by which this program is started as the anchor of the scenarios under load.
const naiveCommand = "anchor"

// naively fires the same plan at the least that could take signed punches: a handler that verifies the signature and inserts the body
// into a table, durable before it answers. It knows nobody's session, keeps no order, evaluates nothing and gives no receipt.
func (b *bench) naively(ctx context.Context, c *company, name string) (err error) {
	keys := map[string]string{}
	for _, p := range c.phones {
		keys[p.Device] = p.PublicKey
	}
	text, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	dir := filepath.Join(b.dir, naiveCommand)
	if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "keys.json"), text, 0o600)); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p, err := start(ctx, dir, self, naiveCommand, dir)
	if err != nil {
		return err
	}
	defer func() {
		if stopped := p.stop(); err == nil {
			err = stopped
		}
	}()
	plan := b.evenly(len(c.phones))
	begin := b.ready(c, plan)
	before, err := p.cpu()
	if err != nil {
		return err
	}
	fire(ctx, p.address, c.phones, plan, begin, nil)
	after, err := p.cpu()
	if err != nil {
		return err
	}
	b.strained(strained(name, plan, nil, after-before))
	return ctx.Err()
}

// serveNaively is the anchor's process.
func serveNaively(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	text, err := os.ReadFile(filepath.Join(dir, "keys.json"))
	if err != nil {
		return err
	}
	var spki map[string]string
	if err := json.Unmarshal(text, &spki); err != nil {
		return err
	}
	n := &naive{keys: map[string]any{}}
	for device, key := range spki {
		der, err := base64.StdEncoding.DecodeString(key)
		if err != nil {
			return err
		}
		if n.keys[device], err = x509.ParsePKIXPublicKey(der); err != nil {
			return err
		}
	}
	n.db, err = sql.Open("sqlite", filepath.Join(dir, "naive.db")+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		return err
	}
	defer n.db.Close()
	n.db.SetMaxOpenConns(1)
	if _, err := n.db.ExecContext(ctx, "CREATE TABLE punches (position INTEGER PRIMARY KEY, id TEXT UNIQUE, emp TEXT, received TEXT, body BLOB)"); err != nil {
		return err
	}
	if n.insert, err = n.db.PrepareContext(ctx, "INSERT INTO punches (id, emp, received, body) VALUES (?, ?, ?, ?)"); err != nil {
		return err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("POST /v1/punches", n)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: within}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // the load is over
	fmt.Fprintf(os.Stderr, "http://%s\n", l.Addr())
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

type naive struct {
	keys   map[string]any
	db     *sql.DB
	insert *sql.Stmt
}

func (n *naive) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	position := int64(0)
	if err == nil {
		position, err = n.take(r.Context(), body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"punches":[{"outcome":"accepted","position":%d}]}`, position)
}

func (n *naive) take(ctx context.Context, body []byte) (int64, error) {
	var e struct{ Signed, Signature string }
	if err := json.Unmarshal(body, &e); err != nil {
		return 0, err
	}
	signed, err := base64.RawURLEncoding.DecodeString(e.Signed)
	if err != nil {
		return 0, err
	}
	signature, err := base64.RawURLEncoding.DecodeString(e.Signature)
	if err != nil {
		return 0, err
	}
	var p struct{ ID, Emp, Device string }
	if err := json.Unmarshal(signed, &p); err != nil {
		return 0, err
	}
	if !holds(n.keys[p.Device], signed, signature) {
		return 0, errors.New("the signature does not hold")
	}
	done, err := n.insert.ExecContext(ctx, p.ID, p.Emp, time.Now().UTC().Format(time.RFC3339Nano), body)
	if err != nil {
		return 0, err
	}
	return done.LastInsertId()
}

func holds(key any, message, signature []byte) bool {
	switch key := key.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(key, message, signature)
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(message)
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(key, sum[:], r, s)
	}
	return false
}
