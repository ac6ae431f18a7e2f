package device

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"camwall/internal/simcam/bell"
)

// Topics of the events that a device raises by itself.
const (
	TopicMotion       = "tns1:VideoSource/MotionAlarm"
	TopicDigitalInput = "tns1:Device/Trigger/DigitalInput"
)

const (
	defaultSubscriptions = 10
	// maxWaiting bounds the messages that wait for one subscriber; the oldest
	// go first.
	maxWaiting = 1000
	// defaultTermination is how long a subscription holds unless asked
	// otherwise, maxTermination how long at most.
	defaultTermination = time.Minute
	maxTermination     = time.Hour
)

// Event is a message to all subscribers. Topic is a property: its last state
// for each Source is kept, and told to each new subscriber.
type Event struct {
	// Topic is such as TopicMotion.
	Topic string
	// Source and Data are simple items, by name.
	Source, Data map[string]string
	// Passing says that it is no property: nothing is kept of it.
	Passing bool
}

// key is what the state of a property is kept under.
func (e Event) key() string { return e.Topic + "\n" + fmt.Sprint(e.Source) }

// xml writes the message: ONVIF core section 9.4 and 9.5.
func (e Event) xml(operation string, at time.Time) string {
	items := func(name string, list map[string]string) string {
		var b strings.Builder
		for _, key := range slices.Sorted(maps.Keys(list)) {
			b.WriteString(`<tt:SimpleItem Name="` + esc(key) + `" Value="` + esc(list[key]) + `"/>`)
		}
		return "<" + name + ">" + b.String() + "</" + name + ">"
	}
	if operation != "" {
		operation = ` PropertyOperation="` + operation + `"`
	}
	return `<wsnt:NotificationMessage><wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">` + esc(e.Topic) +
		`</wsnt:Topic><wsnt:Message><tt:Message UtcTime="` + at.Format("2006-01-02T15:04:05.000Z") + `"` + operation + ">" +
		items("tt:Source", e.Source) + items("tt:Data", e.Data) + "</tt:Message></wsnt:Message></wsnt:NotificationMessage>"
}

// subscriptions are all PullPoints, and the properties that they tell of. The
// device's mu guards them.
type subscriptions struct {
	max        int
	next       int
	open       map[string]*subscription
	properties map[string]Event
	order      []string // keys of properties
}

// subscription is one PullPoint.
type subscription struct {
	id      string
	filter  []string // topic expressions; empty is everything
	expires time.Time
	waiting []string // messages, oldest first
	arrived bell.Bell
}

// start makes the properties of a device that is at rest.
func (s *subscriptions) start(d *Device) {
	s.max = d.cfg.MaxSubscriptions
	if s.max <= 0 {
		s.max = defaultSubscriptions
	}
	s.open = make(map[string]*subscription)
	s.properties = make(map[string]Event)
	for _, c := range d.channels {
		s.keep(motion(c, false))
	}
	s.keep(digitalInput("1", false))
}

func (s *subscriptions) keep(e Event) {
	if _, known := s.properties[e.key()]; !known {
		s.order = append(s.order, e.key())
	}
	s.properties[e.key()] = e
}

// count is how many are not expired.
func (s *subscriptions) count() int {
	n := 0
	for _, one := range s.open {
		if time.Now().Before(one.expires) {
			n++
		}
	}
	return n
}

// find returns a subscription that is not expired.
func (s *subscriptions) find(id string) *subscription {
	one := s.open[id]
	if one != nil && !time.Now().Before(one.expires) {
		delete(s.open, id)
		one.arrived.Ring()
		return nil
	}
	return one
}

// add makes a subscription, nil when there are too many.
func (s *subscriptions) add(filter []string, lasts time.Duration, now time.Time) *subscription {
	for id := range s.open {
		s.find(id) // drops those that are over
	}
	if len(s.open) >= s.max {
		return nil
	}
	s.next++
	one := &subscription{id: fmt.Sprint(s.next), filter: filter, expires: time.Now().Add(lasts)}
	s.open[one.id] = one
	s.initialize(one, now)
	return one
}

// initialize tells a subscriber the state of all properties.
func (s *subscriptions) initialize(one *subscription, now time.Time) {
	for _, key := range s.order {
		one.push(s.properties[key], "Initialized", now)
	}
}

// push adds a message that the subscriber wants.
func (one *subscription) push(e Event, operation string, at time.Time) {
	if len(one.filter) > 0 && !slices.ContainsFunc(one.filter, func(f string) bool { return topicMatches(f, e.Topic) }) {
		return
	}
	if len(one.waiting) == maxWaiting {
		one.waiting = one.waiting[1:]
	}
	one.waiting = append(one.waiting, e.xml(operation, at))
	one.arrived.Ring()
}

// topicMatches reads the ConcreteSet dialect: topics joined by "|", each alone
// or, with "//." behind it, with all below it. ONVIF core section 9.7.3.
func topicMatches(expression, topic string) bool {
	for _, one := range strings.Split(expression, "|") {
		one = strings.TrimSpace(one)
		if root, all := strings.CutSuffix(one, "//."); all && (topic == root || strings.HasPrefix(topic, root+"/")) || one == topic {
			return true
		}
	}
	return false
}

func motion(c *channel, active bool) Event {
	return Event{
		Topic: TopicMotion, Source: map[string]string{"Source": c.source},
		Data: map[string]string{"State": fmt.Sprint(active)},
	}
}

func digitalInput(token string, active bool) Event {
	return Event{
		Topic: TopicDigitalInput, Source: map[string]string{"InputToken": token},
		Data: map[string]string{"LogicalState": fmt.Sprint(active)},
	}
}

// RaiseMotion tells that motion begins or ends at a channel, counted from 0.
func (d *Device) RaiseMotion(channel int, active bool) { d.Raise(motion(d.channels[channel], active)) }

// RaiseInput tells that a digital input, "1", opens or closes.
func (d *Device) RaiseInput(token string, active bool) { d.Raise(digitalInput(token, active)) }

// Raise tells any event.
func (d *Device) Raise(e Event) {
	operation := "Changed"
	d.mu.Lock()
	if e.Passing {
		operation = ""
	} else {
		d.events.keep(e)
	}
	for id := range d.events.open {
		if one := d.events.find(id); one != nil {
			one.push(e, operation, d.clock())
		}
	}
	d.mu.Unlock()
	d.changed.Ring()
}

// RestartEvents forgets all subscriptions, as a crash of the event service
// does. Those who wait for messages are told that theirs is gone.
func (d *Device) RestartEvents() {
	d.mu.Lock()
	for id, one := range d.events.open {
		delete(d.events.open, id)
		one.arrived.Ring()
	}
	d.mu.Unlock()
	d.changed.Ring()
}

// moveInTurn raises motion at one channel after the other until Close.
func (d *Device) moveInTurn() {
	third := max(d.cfg.MotionEvery/3, time.Millisecond)
	timer := time.NewTicker(third)
	defer timer.Stop()
	for n := 0; ; n++ {
		select {
		case <-timer.C:
		case <-d.stop:
			return
		}
		if n%3 < 2 {
			d.RaiseMotion(n/3%len(d.channels), n%3 == 0)
		}
	}
}
