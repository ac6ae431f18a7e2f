package camera

import (
	"encoding/json"
	"testing"
	"time"

	"camwall/internal/fault"
)

func states() []State {
	var all []State
	for s := range stateCount {
		all = append(all, s)
	}
	return all
}

func TestStateNames(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, s := range states() {
		if s.String() == "" || seen[s.String()] {
			t.Errorf("state %d is called %q", s, s)
		}
		seen[s.String()] = true
		if got, err := json.Marshal(s); err != nil || string(got) != `"`+s.String()+`"` {
			t.Errorf("%v is encoded as %s, %v", s, got, err)
		}
	}
}

// TestTransitions writes the table out a second time: rows are what is, columns
// what may come next.
func TestTransitions(t *testing.T) {
	t.Parallel()
	order := []State{Disabled, Idle, Connecting, Live, Silent, Retrying, Unauthorized, Busy}
	table := map[State]string{
		Disabled:     "yy------",
		Idle:         "yyy--yyy",
		Connecting:   "yyyy-yyy",
		Live:         "yyyyyyyy",
		Silent:       "yyyyyyyy",
		Retrying:     "yyyy-yyy",
		Unauthorized: "yyyy-yyy",
		Busy:         "yyyy-yyy",
	}
	if len(order) != int(stateCount) || len(table) != int(stateCount) {
		t.Fatal("a state is missing in this test")
	}
	for from, row := range table {
		for i, to := range order {
			if want := row[i] == 'y'; from.MayFollow(to) != want {
				t.Errorf("%v to %v is %v, want %v", from, to, !want, want)
			}
		}
	}
}

// reachable returns the states to which a path leads from s.
func reachable(s State) map[State]bool {
	seen := map[State]bool{s: true}
	for queue := []State{s}; len(queue) > 0; queue = queue[1:] {
		for _, next := range states() {
			if queue[0].MayFollow(next) && !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	return seen
}

func TestNoDeadEnd(t *testing.T) {
	t.Parallel()
	for _, from := range states() {
		for _, to := range states() {
			if !reachable(from)[to] {
				t.Errorf("no way leads from %v to %v", from, to)
			}
		}
	}
	for _, from := range []State{Connecting, Silent, Retrying, Unauthorized, Busy} {
		if !from.MayFollow(Live) {
			t.Errorf("a picture can't make %v live", from)
		}
	}
	if Disabled.MayFollow(Live) {
		t.Error("what is disabled becomes live")
	}
}

func TestStateFor(t *testing.T) {
	t.Parallel()
	cases := map[fault.Code]State{
		fault.Unauthorized: Unauthorized, fault.Forbidden: Unauthorized, fault.Busy: Busy,
		fault.StreamNotFound: Retrying, fault.Transport: Retrying, fault.NoVideo: Retrying,
		fault.UnknownCodec: Retrying, fault.DialTimeout: Retrying, fault.ConnRefused: Retrying,
		fault.NoSuchHost: Retrying, fault.Certificate: Retrying, fault.PictureTimeout: Retrying,
		fault.Silence: Retrying, fault.Ended: Retrying, fault.Protocol: Retrying,
		fault.Undecodable: Retrying, fault.Internal: Retrying, fault.None: Retrying,
	}
	for reason, want := range cases {
		got := StateFor(reason)
		if got != want {
			t.Errorf("StateFor(%q) = %v, want %v", reason, got, want)
		}
		for _, from := range []State{Connecting, Live, Silent, Retrying, Unauthorized, Busy} {
			if !from.MayFollow(got) {
				t.Errorf("a session that ends with %q can't lead from %v to %v", reason, from, got)
			}
		}
	}
}

func TestStatusFor(t *testing.T) {
	t.Parallel()
	got := StatusFor(fault.New(fault.Busy, "it is full", "close others"))
	if want := (Status{State: Busy, Reason: fault.Busy, Message: "it is full", Hint: "close others"}); got != want {
		t.Errorf("got %+v", got)
	}
}

func TestUnchangedMark(t *testing.T) {
	t.Parallel()
	if (Status{State: Live}).Unchanged() {
		t.Error("the zero mark is set")
	}
	if !(Status{State: Live, UnchangedSince: time.Unix(1, 0)}).Unchanged() {
		t.Error("the mark is not set")
	}
}
