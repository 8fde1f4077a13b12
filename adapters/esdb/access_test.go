package esdb_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/esdb"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{}
	a.cert, a.key = a.sign(t, "authority", x509.ExtKeyUsageAny)
	return a
}

// sign makes a certificate; the first one is the authority's own.
func (a *authority) sign(t testing.TB, name string, usage x509.ExtKeyUsage) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: newClock().Now().Add(-24 * time.Hour), NotAfter: newClock().Now().Add(20 * 365 * 24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{usage},
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	parent, by := template, key
	if a.cert != nil {
		parent, by = a.cert, a.key
	} else {
		template.IsCA, template.KeyUsage, template.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return cert, key
}

// files writes a certificate for a user and returns what a connection string says of it.
func (a *authority) files(t testing.TB, name string, usage x509.ExtKeyUsage) string {
	t.Helper()
	cert, key := a.sign(t, name, usage)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	dir := t.TempDir()
	for file, block := range map[string]*pem.Block{
		"user.crt": {Type: "CERTIFICATE", Bytes: cert.Raw}, "user.key": {Type: "PRIVATE KEY", Bytes: secret},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600))
	}
	return "&userCertFile=" + filepath.Join(dir, "user.crt") + "&userKeyFile=" + filepath.Join(dir, "user.key")
}

// secured serves with TLS and users: the name of each is its role, and its password.
func secured(t testing.TB, a *authority) func(*esdb.Options) {
	t.Helper()
	node, key := a.sign(t, "node", x509.ExtKeyUsageServerAuth)
	return func(o *esdb.Options) {
		o.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{node.Raw}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
		o.Users, o.ClientCAs = namesakes{}, x509.NewCertPool()
		o.ClientCAs.AddCert(a.cert)
	}
}

type namesakes struct{}

func (n namesakes) Authenticate(name, password string) (esdb.User, bool) {
	u, ok := n.Named(name)
	return u, ok && name == password
}

func (namesakes) Named(name string) (esdb.User, bool) {
	roles := map[string]string{"admin": esdb.RoleAdmins, "ops": esdb.RoleOps, "ledger": esdb.RoleLedger, "reader": esdb.RoleReader, "nobody": "nothing"}
	role, ok := roles[name]
	return esdb.User{Name: name, Roles: []string{role}}, ok
}

// as connects somebody; nobody in particular for an empty name.
func (s *served) as(t testing.TB, name string) *client.Client {
	t.Helper()
	if name != "" {
		name += ":" + name + "@"
	}
	return dial(t, "esdb://"+name+s.addr+"?tls=true&tlsVerifyCert=false")
}

func TestWhoMayDoWhat(t *testing.T) {
	s := serve(t, secured(t, newAuthority(t)))
	admin := s.as(t, "admin")
	must(t, admin, "gate-1", 0, 1)
	must(t, admin, "closed-1", 0, 1)
	var acl client.Acl
	acl.AddReadRoles("nobody")
	acl.AddWriteRoles("nobody")
	acl.AddDeleteRoles("nobody")
	setRules(t, admin, "closed-1", func(m *client.StreamMetadata) { m.SetAcl(acl) })

	punch := event(3)
	punch.Metadata = []byte(`{"recorded_at":"2026-11-02T08:00:00Z"}`)
	appends := func(stream string) func(*client.Client) error {
		return func(c *client.Client) error {
			_, err := c.AppendToStream(context.WithoutCancel(t.Context()), stream, client.AppendToStreamOptions{ExpectedRevision: client.Any{}}, punch)
			return err
		}
	}
	reads := func(stream string) func(*client.Client) error {
		return func(c *client.Client) error {
			_, err := read(t, c, stream, client.ReadStreamOptions{})
			return err
		}
	}
	for _, c := range []struct {
		name string
		do   func(*client.Client) error
		may  []string
	}{
		{"append to a stream of the ledger", appends("timecard-e1-202611"), []string{"ledger"}},
		{"append to another stream", appends("gate-1"), []string{"admin", "ledger"}},
		{"append to a system stream", appends("$settings"), []string{"admin"}},
		{"append to a stream with an access list", appends("closed-1"), []string{"admin", "nobody"}},
		{"read a stream", reads("gate-1"), []string{"admin", "ledger", "reader"}},
		{"read a system stream", reads("$settings"), []string{"admin"}},
		{"read a stream with an access list", reads("closed-1"), []string{"admin", "nobody"}},
		{"read the whole log", func(c *client.Client) error {
			in, err := c.ReadAll(t.Context(), client.ReadAllOptions{}, 1)
			if err == nil {
				defer in.Close()
				_, err = in.Recv()
			}
			return err
		}, []string{"admin", "ledger", "reader"}},
		{"follow the whole log", func(c *client.Client) error {
			sub, err := c.SubscribeToAll(t.Context(), client.SubscribeToAllOptions{})
			if err == nil {
				_ = sub.Close()
			}
			return err
		}, []string{"admin", "ledger", "reader"}},
		{"list persistent subscriptions", func(c *client.Client) error {
			_, err := c.ListAllPersistentSubscriptions(t.Context(), client.ListPersistentSubscriptionsOptions{})
			return err
		}, []string{"admin", "ops"}},
		{"delete a stream of the ledger", func(c *client.Client) error {
			_, err := c.DeleteStream(t.Context(), "timecard-e1-202611", client.DeleteStreamOptions{ExpectedRevision: client.Any{}})
			return err
		}, nil},
	} {
		for _, user := range []string{"admin", "ops", "ledger", "reader", "nobody", ""} {
			err := c.do(s.as(t, user))
			may := false
			for _, m := range c.may {
				may = may || m == user
			}
			if may {
				require.NoError(t, err, "%s may %s", user, c.name)
			} else {
				require.ErrorContains(t, err, "PermissionDenied", "%q may not %s", user, c.name)
			}
		}
	}
}

func TestUsersProveThemselves(t *testing.T) {
	own, other := newAuthority(t), newAuthority(t)
	s := serve(t, secured(t, own))
	must(t, s.as(t, "admin"), "gate-1", 0, 1)
	for _, c := range []struct{ name, user, query, want string }{
		{"a password", "reader:reader@", "", ""},
		{"another password", "reader:guess@", "", "Unauthenticated"},
		{"an unknown name", "who:who@", "", "Unauthenticated"},
		{"a certificate", "", own.files(t, "reader", x509.ExtKeyUsageClientAuth), ""},
		{"a certificate, whatever the password", "reader:guess@", own.files(t, "reader", x509.ExtKeyUsageClientAuth), ""},
		{"a certificate of a name that is unknown", "reader:reader@", own.files(t, "who", x509.ExtKeyUsageClientAuth), "Unauthenticated"},
		{"a certificate of another authority", "reader:reader@", other.files(t, "reader", x509.ExtKeyUsageClientAuth), "Unauthenticated"},
		{"a certificate that is not for users", "", own.files(t, "reader", x509.ExtKeyUsageServerAuth), "Unauthenticated"},
		{"nothing", "", "", "PermissionDenied"},
	} {
		db := dial(t, "esdb://"+c.user+s.addr+"?tls=true&tlsVerifyCert=false&maxDiscoverAttempts=1"+c.query)
		in, err := db.ReadStream(t.Context(), "gate-1", client.ReadStreamOptions{}, 1)
		if err == nil {
			_, err = in.Recv()
			in.Close()
		}
		if c.want == "" {
			require.NoError(t, err, c.name)
		} else {
			require.ErrorContains(t, err, c.want, c.name)
		}
	}
}
