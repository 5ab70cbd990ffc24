// Command tocsin is the server and its command line.
package main

import (
	"os"

	"tocsin/internal/app"
)

func main() { os.Exit(app.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
