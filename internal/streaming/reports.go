package streaming

import (
	"time"

	"camwall/internal/camera"
)

const (
	reportFor  = 10 * time.Second // a report counts for so long
	judgeEvery = time.Second / 2
	sameSince  = time.Second // two reports that are no further apart are of the same moment
)

// report is what a viewer that decodes a stream itself sees.
type report struct {
	since time.Time // pictures are identical since; zero: they change
	at    time.Time // of the report
}

// report takes f's report.
func (s *stream) report(f *Follower, since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reports == nil {
		s.reports = make(map[*Follower]report)
	}
	now := time.Now()
	if since.After(now) {
		since = time.Time{}
	}
	s.reports[f] = report{since: since, at: now}
	s.judgeLocked(now)
}

// withdraw forgets f's report.
func (s *stream) withdraw(f *Follower) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, reported := s.reports[f]; reported {
		delete(s.reports, f)
		s.judgeLocked(time.Now())
	}
}

// judgeLocked sets or takes off the mark of a live stream that is not decoded
// here: all who decode it have to say the same.
func (s *stream) judgeLocked(now time.Time) {
	s.judged = now
	if s.stopDecode != nil || s.status.State != camera.Live {
		return
	}
	since := s.agreedLocked(now)
	if !since.IsZero() && since.Before(s.status.Since) {
		since = s.status.Since
	}
	if after := s.conf.Load().cam.UnchangedAfter; after == 0 || now.Sub(since) < after {
		since = time.Time{}
	}
	told := s.status.UnchangedSince
	if since.IsZero() == told.IsZero() && since.Sub(told).Abs() <= sameSince {
		return
	}
	s.status.UnchangedSince = since
	if !since.IsZero() {
		s.log.Info("pictures do not change, says who decodes them", "since", since)
	}
	s.tellLocked()
}

// agreedLocked returns since when pictures are identical for all who report;
// zero where one sees them change, or nobody reports.
func (s *stream) agreedLocked(now time.Time) (since time.Time) {
	change := false
	for f, r := range s.reports {
		switch {
		case now.Sub(r.at) > reportFor:
			delete(s.reports, f)
		case r.since.IsZero():
			change = true
		case r.since.After(since):
			since = r.since
		}
	}
	if change {
		return time.Time{}
	}
	return since
}
