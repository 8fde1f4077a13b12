package esdb

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Registry is the users of a server as they stand in a file: a line for each, with name, roles and what proves the password. Passwords
// are made here and have 256 bits of chance, so that one round of SHA-256 keeps them; nobody chooses one.
type Registry struct {
	byName map[string]entry
}

type entry struct {
	user User
	hash [sha256.Size]byte
}

// UserName is what the name of a user looks like, and RoleName what a role of the file does.
var (
	UserName = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,63}$`)
	RoleName = regexp.MustCompile(`^(\$admins|\$ops|[a-z][a-z0-9_.-]{0,63})$`)
)

// UsersError says what is wrong with a file of users, and where.
type UsersError struct {
	Path    string
	Line    int // 0 for the whole file
	Problem string
}

func (e *UsersError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Path, e.Problem)
	}
	return fmt.Sprintf("%s: line %d: %s", e.Path, e.Line, e.Problem)
}

// ErrUserExists says that a file of users has that name already.
var ErrUserExists = errors.New("there is a user of that name")

// OpenRegistry reads the users of a file. Lines that are empty or begin with # are comments. What is wrong is a *UsersError.
func OpenRegistry(path string) (*Registry, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &UsersError{Path: path, Problem: err.Error()}
	}
	r := &Registry{byName: map[string]entry{}}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		e, problem := parseEntry(line)
		if _, twice := r.byName[e.user.Name]; twice && problem == "" {
			problem = "there is another line with that name"
		}
		if problem != "" {
			return nil, &UsersError{Path: path, Line: n, Problem: problem}
		}
		r.byName[e.user.Name] = e
	}
	if err := lines.Err(); err != nil {
		return nil, &UsersError{Path: path, Problem: err.Error()}
	}
	return r, nil
}

func parseEntry(line string) (e entry, problem string) {
	parts := strings.Fields(line)
	if len(parts) != 3 {
		return e, "want a name, roles and a hash"
	}
	e.user = User{Name: parts[0], Roles: strings.Split(parts[1], ",")}
	if !UserName.MatchString(e.user.Name) {
		return e, "the name is not one"
	}
	if slices.ContainsFunc(e.user.Roles, func(r string) bool { return !RoleName.MatchString(r) }) {
		return e, "a role is not one"
	}
	hash, err := hex.DecodeString(parts[2])
	if err != nil || len(hash) != sha256.Size {
		return e, "the hash is not one"
	}
	copy(e.hash[:], hash)
	return e, ""
}

// Authenticate implements Users.
func (r *Registry) Authenticate(name, password string) (User, bool) {
	e, ok := r.byName[name]
	hash := sha256.Sum256([]byte(password))
	same := subtle.ConstantTimeCompare(hash[:], e.hash[:]) == 1
	return e.user, ok && same
}

// Named implements Users.
func (r *Registry) Named(name string) (User, bool) {
	e, ok := r.byName[name]
	return e.user, ok
}

// AddUser adds a user to a file, which it makes where there is none, and returns the password; it is kept nowhere.
func AddUser(path, name string, roles []string) (password string, err error) {
	known := &Registry{byName: map[string]entry{}}
	if _, err := os.Stat(path); err == nil {
		if known, err = OpenRegistry(path); err != nil {
			return "", err
		}
	}
	if _, ok := known.Named(name); ok {
		return "", ErrUserExists
	}
	password = rand.Text() + rand.Text()
	hash := sha256.Sum256([]byte(password))
	line := fmt.Sprintf("%s %s %x\n", name, strings.Join(roles, ","), hash)
	if _, problem := parseEntry(line); problem != "" {
		return "", &UsersError{Path: path, Problem: problem}
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return "", &UsersError{Path: path, Problem: err.Error()}
	}
	_, err = f.WriteString(line)
	return password, errors.Join(err, f.Sync(), f.Close())
}
