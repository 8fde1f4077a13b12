package main

import (
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
	"time"
)

// certificates are what the server shows and trusts.
type certificates struct {
	node tls.Certificate
	ca   *x509.CertPool
}

// signed is a certificate with its key.
type signed struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// writeCertificates writes the files that the official tests look for beside them.
func writeCertificates(dir string) (*certificates, error) {
	ca, err := sign("punchledger test authority", nil, x509.ExtKeyUsageAny)
	if err != nil {
		return nil, err
	}
	other, err := sign("another authority", nil, x509.ExtKeyUsageAny)
	if err != nil {
		return nil, err
	}
	out := &certificates{ca: x509.NewCertPool()}
	out.ca.AddCert(ca.cert)
	for _, c := range []struct {
		path, name string
		by         *signed
		usage      x509.ExtKeyUsage
	}{
		{"node/node", "eventstoredb-node", ca, x509.ExtKeyUsageServerAuth},
		{"user-admin/user-admin", "admin", ca, x509.ExtKeyUsageClientAuth},
		{"user-invalid/user-invalid", "invalid", ca, x509.ExtKeyUsageClientAuth},
	} {
		one, err := sign(c.name, c.by, c.usage)
		if err != nil {
			return nil, err
		}
		if err := one.write(filepath.Join(dir, c.path)); err != nil {
			return nil, err
		}
		if c.name == "eventstoredb-node" {
			out.node = tls.Certificate{Certificate: [][]byte{one.cert.Raw}, PrivateKey: one.key}
		}
	}
	if err := ca.write(filepath.Join(dir, "ca", "ca")); err != nil {
		return nil, err
	}
	return out, other.write(filepath.Join(dir, "untrusted-ca", "ca"))
}

// sign makes a certificate; without a signer it is an authority.
func sign(name string, by *signed, usage x509.ExtKeyUsage) (*signed, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{usage}, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if usage == x509.ExtKeyUsageServerAuth {
		template.DNSNames, template.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	}
	parent := &signed{cert: template, key: key}
	if by != nil {
		parent = by
	} else {
		template.IsCA, template.KeyUsage, template.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.cert, &key.PublicKey, parent.key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &signed{cert: cert, key: key}, err
}

// write writes path.crt and path.key.
func (s *signed) write(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(s.key)
	if err != nil {
		return err
	}
	err = os.WriteFile(path+".crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert.Raw}), 0o600)
	if err != nil {
		return err
	}
	return os.WriteFile(path+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600)
}
