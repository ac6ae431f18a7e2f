package api

import (
	"strconv"
	"strings"

	"camwall/internal/fault"
)

// IfMatch is the header by which a change says which revision it is of.
type IfMatch struct {
	IfMatch string `header:"If-Match" maxLength:"200" doc:"The ETag that was read. Another revision is refused with 412. Without it the last change wins."`
}

// ETag is the header that tells a revision.
type ETag struct {
	ETag string `header:"ETag" doc:"The revision, for If-Match."`
}

func tagOf(revision int64) ETag { return ETag{strconv.Quote(strconv.FormatInt(revision, 10))} }

// What is expected of a revision beside its number.
const (
	anyRevision int64 = 0
	noRevision  int64 = -1 // one that no thing has
)

// expected returns the revision that If-Match wants (RFC 9110 section 13.1.1).
// current is asked when there are several. Tags that are none of ours, and weak
// ones, match nothing.
func (h IfMatch) expected(current func() (int64, error)) (int64, error) {
	header := strings.TrimSpace(h.IfMatch)
	if header == "" || header == "*" {
		return anyRevision, nil
	}
	var revisions []int64
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimSpace(tag)
		opaque, weak := strings.CutPrefix(tag, "W/")
		if len(opaque) < 2 || opaque[0] != '"' || opaque[len(opaque)-1] != '"' || strings.Contains(opaque[1:len(opaque)-1], `"`) {
			return 0, fault.New(fault.BadRequest, "If-Match has no entity tag", `send the ETag that was read, with its quotes: "5"`)
		}
		revision, err := strconv.ParseInt(opaque[1:len(opaque)-1], 10, 64)
		if err == nil && revision > 0 && !weak {
			revisions = append(revisions, revision)
		}
	}
	switch len(revisions) {
	case 0:
		return noRevision, nil
	case 1:
		return revisions[0], nil
	}
	is, err := current()
	if err != nil {
		return 0, err
	}
	for _, revision := range revisions {
		if revision == is {
			return revision, nil
		}
	}
	return noRevision, nil
}
