// Package web holds the built user interface as files. In go the outputs of
// `npm run build`; out comes one file system to serve. It knows no routes, sets
// no headers and owns no tables.
package web
