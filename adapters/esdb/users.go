package esdb

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
)

// Roles that the server knows itself; others are for access lists in stream metadata.
const (
	// RoleLedger appends, also to streams of the ledger, and reads everything but system streams.
	RoleLedger = "ledger"
	// RoleReader reads everything but system streams.
	RoleReader = "reader"
	// RoleAdmins does everything except appending to streams of the ledger.
	RoleAdmins = "$admins"
	// RoleOps manages persistent subscriptions.
	RoleOps = "$ops"
	// roleAll is what access lists call everybody who has a name here.
	roleAll = "$all"
)

// User is somebody who may call.
type User struct {
	Name  string
	Roles []string
}

// Users are the people and programs that may call over TLS.
type Users interface {
	// Authenticate returns the user with a name and a password.
	Authenticate(name, password string) (User, bool)
	// Named returns the user with a name, who has proved it by a certificate.
	Named(name string) (User, bool)
}

// caller is who calls. Where a server has no users, everybody may do everything.
type caller struct {
	User
	anonymous bool
	anything  bool
}

type callerKey struct{}

func withUser(ctx context.Context, who caller) context.Context {
	return context.WithValue(ctx, callerKey{}, who)
}

func callerOf(ctx context.Context) caller {
	who, ok := ctx.Value(callerKey{}).(caller)
	if !ok {
		return caller{anonymous: true}
	}
	return who
}

// has reports whether somebody is in a role, is meant by name, or is admitted with everybody.
func (c caller) has(roles ...string) bool {
	if c.anything {
		return true
	}
	if c.anonymous {
		return false
	}
	return slices.ContainsFunc(roles, func(role string) bool {
		return role == roleAll || role == c.Name || slices.Contains(c.Roles, role)
	})
}

// whoCalls finds out who calls: by certificate, else by name and password, else nobody in particular. What proves the wrong thing
// is an error, not nobody.
func (s *Server) whoCalls(ctx context.Context) (caller, error) {
	if s.opts.Users == nil {
		return caller{anything: true}, nil
	}
	if p, ok := peer.FromContext(ctx); ok {
		if shown, ok := p.AuthInfo.(handedInfo); ok && shown.state != nil && len(shown.state.PeerCertificates) > 0 {
			return s.byCertificate(shown.state.PeerCertificates)
		}
	}
	given := metadata.ValueFromIncomingContext(ctx, "authorization")
	if len(given) == 0 {
		return caller{anonymous: true}, nil
	}
	name, password, ok := basic(given[0])
	if !ok {
		return caller{}, unauthenticated("only basic authentication is known here")
	}
	user, ok := s.opts.Users.Authenticate(name, password)
	if !ok {
		return caller{}, unauthenticated("no such user, or another password")
	}
	return caller{User: user}, nil
}

func basic(header string) (name, password string, ok bool) {
	scheme, encoded, _ := strings.Cut(header, " ")
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || !strings.EqualFold(scheme, "basic") {
		return "", "", false
	}
	return strings.Cut(string(text), ":")
}

func (s *Server) byCertificate(chain []*x509.Certificate) (caller, error) {
	if s.opts.ClientCAs == nil {
		return caller{}, unauthenticated("certificates of users are not known here")
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: s.opts.ClientCAs, Intermediates: between, CurrentTime: s.opts.Now().Truncate(time.Second),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return caller{}, unauthenticated("the user's certificate is not one of those that are known here")
	}
	user, ok := s.opts.Users.Named(chain[0].Subject.CommonName)
	if !ok {
		return caller{}, unauthenticated("the certificate names no user")
	}
	return caller{User: user}, nil
}
