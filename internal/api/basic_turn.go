package api

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"camwall/internal/wall"
)

// untilTurn returns how long it is from now to the next turn of cameras that each
// have dwell; 0 is one that never turns.
func untilTurn(dwell time.Duration, now time.Time) time.Duration {
	if dwell < time.Millisecond {
		return math.MaxInt64
	}
	return dwell - time.Duration(now.UnixMilli()%dwell.Milliseconds())*time.Millisecond
}

// turn sets when the page is asked for anew, and when another page comes: left is
// how long this one stays, 0 for ever; plain is how long it is shown where there
// is no script, and turns the time to the next turn of cameras in a tile.
func (view *basicView) turn(ask *basicAsk, w *wall.Wall, place string, index int, left, plain, turns time.Duration) {
	if left == 0 || len(w.Pages) < 2 {
		left = math.MaxInt64
	} else if ask.page > 0 || !turnsAlone(w) {
		if ask.left > 0 {
			left = min(left, ask.left)
		}
		view.Next, view.Left = ask.to(place, (index+1)%len(w.Pages)+1), left.Seconds()
	}
	view.Again = max(min(basicAsks, left, turns), basicHasten).Seconds()
	stays := min(plain, left, turns)
	switch {
	case view.Next == "":
		view.Refresh = strconv.Itoa(wholeSeconds(stays))
	case left > stays: // the same page again, for what is left of its time
		view.Refresh = fmt.Sprintf("%d; url=%s&left=%d", wholeSeconds(stays), ask.to(place, index+1), max(1, wholeSeconds(left)-wholeSeconds(stays)))
	default:
		view.Refresh = fmt.Sprintf("%d; url=%s", wholeSeconds(left), view.Next)
	}
}

func wholeSeconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }

// turnsAlone reports whether each page of a wall goes on to the next by itself.
func turnsAlone(w *wall.Wall) bool {
	return len(w.Pages) == 1 || !slices.ContainsFunc(w.Pages, func(p wall.Page) bool { return p.Dwell == 0 })
}

// pageAt returns the page to show, from 0, and how long; 0 is for ever. Where all
// pages turn by themselves and none is asked for, the clock tells: so all screens
// show the same.
func pageAt(w *wall.Wall, asked int, now time.Time) (index int, left time.Duration) {
	if asked > 0 || !turnsAlone(w) {
		index = min(max(asked, 1), len(w.Pages)) - 1
		return index, w.Pages[index].Dwell
	}
	var whole time.Duration
	for _, p := range w.Pages {
		whole += p.Dwell
	}
	if whole < time.Millisecond || len(w.Pages) == 1 { // the clock is read in milliseconds
		return 0, 0
	}
	at := time.Duration(now.UnixMilli()%whole.Milliseconds()) * time.Millisecond
	for at >= w.Pages[index].Dwell {
		at -= w.Pages[index].Dwell
		index++
	}
	return index, w.Pages[index].Dwell - at
}

// pageLinks leads to the pages before and after one.
func pageLinks(ask *basicAsk, w *wall.Wall, place string, index int) []basicLink {
	n := len(w.Pages)
	if n < 2 {
		return nil
	}
	return []basicLink{
		{Text: ask.words.Before, Href: ask.to(place, (index+n-1)%n+1), Rel: "prev"},
		{Text: ask.words.page(index+1, n)},
		{Text: ask.words.After, Href: ask.to(place, (index+1)%n+1), Rel: "next"},
	}
}
