// Package frontend holds the built page: the files that `npm run build` leaves in dist, embedded in the program so
// that one binary serves them. It knows nothing of HTTP; app hands the files to whoever serves them.
package frontend

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed all:dist
var files embed.FS

// Dist returns the built page, rooted so that "index.html" is the page at "/". In a tree where the page has not been
// built there is no index.html, only the placeholder that keeps the folder. Safe for use by many goroutines.
func Dist() fs.FS {
	dist, err := fs.Sub(files, "dist")
	if err != nil {
		panic(fmt.Sprintf("frontend: the embedded folder has an illegal name: %v", err))
	}
	return dist
}
