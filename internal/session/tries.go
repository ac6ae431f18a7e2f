package session

// mostTries is how often something is asked for that does not come about: a mode
// that a display has not would else make it flicker for ever.
const mostTries = 3

// tries counts what was asked for, and did not come about yet.
type tries map[string]int

// next returns the commands that are worth a try, and counts them. Those that are
// wanted no longer, because they have worked or their output is gone, are forgotten.
func (t tries) next(commands []string) []string {
	wanted := make(map[string]bool, len(commands))
	var worth []string
	for _, c := range commands {
		if wanted[c] {
			continue
		}
		wanted[c] = true
		if t[c]++; t[c] <= mostTries {
			worth = append(worth, c)
		}
	}
	for c := range t {
		if !wanted[c] {
			delete(t, c)
		}
	}
	return worth
}
