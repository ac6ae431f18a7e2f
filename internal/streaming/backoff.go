package streaming

import (
	"time"

	"camwall/internal/admission"
	"camwall/internal/fault"
)

// The two clocks of retry. What a device refuses rests at its gate, see package
// admission.
const (
	awayFirst     = 200 * time.Millisecond // a camera that is away, while somebody watches
	awayLast      = 2 * time.Second
	awayUnwatched = 10 * time.Second
	wrongFirst    = 2 * time.Second // it answers, but not with a stream that we can show
	wrongLast     = 30 * time.Second
	goodFor       = time.Minute // a session that lived so long starts the back-off anew
)

// awayDelay is the pause before the next try after the n-th failure in a row.
func awayDelay(reason fault.Code, failures int, everLive, watched bool) time.Duration {
	switch reason {
	case fault.NoVideo, fault.UnknownCodec, fault.Certificate, fault.Transport:
		return wrongDelay(failures)
	case fault.StreamNotFound:
		if !everLive {
			return wrongDelay(failures)
		}
	}
	if !watched {
		return admission.Jittered(awayUnwatched)
	}
	return admission.Jittered(admission.Doubled(awayFirst, awayLast, failures))
}

// wrongDelay is the pause after the n-th answer in a row that is of no use.
func wrongDelay(failures int) time.Duration {
	return admission.Jittered(admission.Doubled(wrongFirst, wrongLast, failures))
}
