package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist notbuilt
var files embed.FS

// Dist returns the files of the user interface with index.html at the root.
// Every file under assets/ carries its hash in its name and never changes, and
// may stand beside compressed copies named *.br and *.gz; everything else may
// change with the next version. When the UI has not been built, index.html says
// so and there are no assets.
func Dist() fs.FS {
	dir := "dist"
	if _, err := fs.Stat(files, "dist/index.html"); err != nil {
		dir = "notbuilt"
	}
	sub, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // both names are constants that fs.ValidPath accepts
	}
	return sub
}
