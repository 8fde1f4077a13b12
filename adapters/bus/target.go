package bus

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// Scheme is how an endpoint is spoken to.
type Scheme string

// The schemes of addresses.
const (
	NATS     Scheme = "nats"
	NATSTLS  Scheme = "nats+tls"
	Kafka    Scheme = "kafka"
	KafkaTLS Scheme = "kafka+tls"
	HTTP     Scheme = "http"
	HTTPS    Scheme = "https"
)

// DefaultTopic is the topic of a broker's address that names none.
const DefaultTopic = "punchledger"

// Target is an address that was taken apart.
type Target struct {
	Scheme Scheme
	URL    string   // of a webhook
	Hosts  []string // of a broker, each with its port
	Topic  string
}

var topic = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$`)

// ParseTarget takes an address apart: https://host/path, nats://host:4222/topic, kafka://host:9092,host:9092/topic. It refuses one with a
// password in it, as addresses are listed and logged.
func ParseTarget(address string) (Target, error) {
	scheme, rest, ok := strings.Cut(address, "://")
	t := Target{Scheme: Scheme(scheme), URL: address}
	if !ok {
		return t, refused("unknown_bus_scheme", address)
	}
	hosts, path, _ := strings.Cut(rest, "/")
	if strings.Contains(hosts, "@") {
		return t, refused("address_with_password", scheme+"://…")
	}
	var port string
	switch t.Scheme {
	case HTTP, HTTPS:
		u, err := url.Parse(address)
		if err != nil || u.Hostname() == "" || u.Fragment != "" {
			return t, refused("bad_address", address)
		}
		return t, nil
	case NATS, NATSTLS:
		port = ":4222"
	case Kafka, KafkaTLS:
		port = ":9092"
	default:
		return t, refused("unknown_bus_scheme", address)
	}
	if t.Topic = path; path == "" {
		t.Topic = DefaultTopic
	}
	for h := range strings.SplitSeq(hosts, ",") {
		u, err := url.Parse("//" + h)
		if err != nil || u.Hostname() == "" {
			return t, refused("bad_address", address)
		}
		if u.Port() == "" {
			h += port
		}
		t.Hosts = append(t.Hosts, h)
	}
	if !topic.MatchString(t.Topic) || strings.Contains(t.Topic, "..") || strings.HasSuffix(t.Topic, ".") {
		return t, refused("bad_topic", t.Topic)
	}
	return t, nil
}

// Broker reports whether a target is a broker, which has topics, and no webhook.
func (t Target) Broker() bool { return t.Scheme != HTTP && t.Scheme != HTTPS }

// Check refuses a webhook that is not HTTPS on port 443, unless receivers in a private network are allowed.
func (t Target) Check(private bool) error {
	if t.Broker() || private {
		return nil
	}
	u, err := url.Parse(t.URL)
	if err != nil || t.Scheme != HTTPS || u.Port() != "" && u.Port() != "443" {
		return refused("webhook_needs_https", t.URL)
	}
	return nil
}

func refused(code, value string) error {
	return domain.NewError(domain.Invalid, code, "value", value)
}
