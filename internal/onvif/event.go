package onvif

import (
	"slices"
	"strings"
	"time"
)

const (
	maxEvents = 1000 // of one answer
	maxItems  = 64   // of one event
)

// parseEvents reads the answer to PullMessages. offset is how far the device's
// clock is ahead.
func parseEvents(response *node, offset time.Duration, received time.Time) []Event {
	var all []Event
	for _, n := range response.all("NotificationMessage") {
		topic := plainTopic(n.value("Topic"))
		if topic == "" || len(all) == maxEvents {
			continue
		}
		all = append(all, parseEvent(topic, messageOf(n), offset, received))
	}
	return all
}

// messageOf returns the inner tt:Message; some devices leave out the outer one.
func messageOf(n *node) *node {
	m := n.child("Message")
	if inner := m.child("Message"); inner != nil {
		return inner
	}
	return m
}

func parseEvent(topic string, m *node, offset time.Duration, received time.Time) Event {
	e := Event{
		Topic: topic, Kind: kindOf(topic), Source: items(m.child("Source")), Data: items(m.child("Data")),
		At: received, Received: received,
	}
	for name, value := range items(m.child("Key")) {
		if _, taken := e.Source[name]; !taken {
			e.Source[name] = value
		}
	}
	operation := m.attr("PropertyOperation")
	e.Initial = strings.EqualFold(operation, "Initialized")
	e.Active = isActive(e.Data) && !strings.EqualFold(operation, "Deleted")
	if t, ok := parseMoment(m.attr("UtcTime")); ok {
		e.At = t.Add(-offset)
	}
	return e
}

// items reads SimpleItems by name.
func items(n *node) map[string]string {
	all := map[string]string{}
	for _, item := range n.all("SimpleItem") {
		if name := shortText(item.attr("Name")); name != "" && len(all) < maxItems {
			all[name] = shortText(item.attr("Value"))
		}
	}
	return all
}

// plainTopic takes prefixes off a topic: tns1:VideoSource/tnsvendor:Alarm.
func plainTopic(s string) string {
	parts := strings.Split(shortText(s), "/")
	for i, p := range parts {
		parts[i] = p[strings.LastIndexByte(p, ':')+1:]
	}
	return strings.Trim(strings.Join(parts, "/"), "/")
}

// kinds are words in topics, the first that fits counts.
var kinds = []struct {
	word string
	kind EventKind
}{
	{"tamper", Tamper},
	{"globalscenechange", Tamper},
	{"imagetooblurry", Tamper},
	{"imagetoodark", Tamper},
	{"imagetoobright", Tamper},
	{"signalloss", Other},
	{"digitalinput", DigitalInput},
	{"externalinput", DigitalInput},
	{"trigger/input", DigitalInput},
	{"motion", Motion},
}

func kindOf(topic string) EventKind {
	topic = strings.ToLower(topic)
	for _, k := range kinds {
		if strings.Contains(topic, k.word) {
			return k.kind
		}
	}
	return Other
}

// stateNames are the data items that tell whether something is on.
var stateNames = []string{"ismotion", "state", "logicalstate", "istamper", "motion", "active", "value", "status"}

func isActive(data map[string]string) bool {
	names := make(map[string]string, len(data))
	for name, value := range data {
		names[strings.ToLower(name)] = value
	}
	for _, name := range stateNames {
		if value, ok := names[name]; ok {
			return isTrue(value)
		}
	}
	// Any other truth value: IsInside, PeopleCounted, vendors' own.
	values := []string{}
	for _, value := range names {
		values = append(values, strings.ToLower(value))
	}
	return slices.Contains(values, "true")
}
