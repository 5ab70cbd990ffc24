package tocsin_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
)

// soundHouse is a small repository with nothing to complain of.
func soundHouse() map[string]string {
	return map[string]string{
		"ARCHITECTURE.md": "# House\n\n```rooms\nweb :\nfault :\ndb : fault\njob : db # timers\nconnector : fault\n" +
			"connector/* : connector\nconnector/all : connector connector/*\nticket : fault db\napp : *\ncmd : app\n```\n",
		"cmd/tocsin/main.go":                     "// Tocsin.\npackage main\n\nimport \"tocsin/internal/app\"\n\nfunc main() { app.Main() }\n",
		"web/embed.go":                           "// Package web.\npackage web\n",
		"internal/fault/doc.go":                  "// Package fault.\npackage fault\n",
		"internal/db/doc.go":                     "// Package db.\npackage db\n\nimport (\n\t\"time\"\n\t_ \"tocsin/internal/fault\"\n)\n\nvar _ = time.Now\n",
		"internal/db/dbtest/dbtest.go":           "// Package dbtest.\npackage dbtest\n\nimport _ \"tocsin/internal/db\"\n",
		"internal/job/doc.go":                    "// Package job.\npackage job\n",
		"internal/connector/doc.go":              "// Package connector.\npackage connector\n",
		"internal/connector/aws/aws.go":          "// Package aws.\npackage aws\n\nimport _ \"tocsin/internal/connector\"\n",
		"internal/connector/aws/internal/q/q.go": "// Package q.\npackage q\n\nimport _ \"tocsin/internal/connector/aws\"\n",
		"internal/connector/all/all.go":          "// Package all.\npackage all\n\nimport _ \"tocsin/internal/connector/aws\"\n",
		"internal/ticket/doc.go":                 "// Package ticket.\npackage ticket\n\nimport _ \"tocsin/internal/db\"\n",
		"internal/ticket/store_test.go":          "package ticket\n\nimport (\n\t_ \"time\"\n\t_ \"tocsin/internal/db/dbtest\"\n\t_ \"tocsin/internal/job\"\n)\n",
		"internal/app/app.go":                    "// Package app.\npackage app\n\nimport (\n\t_ \"tocsin/internal/ticket\"\n\t_ \"tocsin/web\"\n)\n",
		"test/load/main.go":                      "package main\n\nimport \"time\"\n\nfunc main() { time.Now() }\n",
		"web/src/features/queue/page.tsx":        "import { Button } from '../../ui/button'\nimport { row } from './row'\n",
		"web/node_modules/x/go/x.go":             "package x\n\nfunc init() {}\n",
		"internal/db/testdata/broken/none.go":    "this is not Go",
	}
}

func complaints(t *testing.T, changes map[string]string) string {
	t.Helper()
	files := soundHouse()
	maps.Copy(files, changes)
	tree := fstest.MapFS{}
	for name, text := range files {
		if text != "" { // an empty text takes the file away
			tree[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	h, err := read(tree)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, rule := range rules() {
		all = append(all, rule.find(h)...)
	}
	return strings.Join(all, "\n")
}

func TestASoundHouseHasNoComplaints(t *testing.T) {
	t.Parallel()
	if got := complaints(t, nil); got != "" {
		t.Error(got)
	}
}

func TestEachRuleCanFail(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\n", maxLines)
	rooms := "\n```rooms\n"
	for n := range maxRooms + 1 {
		rooms += fmt.Sprintf("room%d :\n", n)
	}
	cases := []struct{ name, file, text, want string }{
		{"a room imports a later one", "internal/db/up.go", "package db\n\nimport _ \"tocsin/internal/ticket\"\n", "db may not import ticket"},
		{"a room imports one drawn above it but not for it", "internal/ticket/job.go", "package ticket\n\nimport _ \"tocsin/internal/job\"\n", "ticket may not import job"},
		{"a test imports a later room", "internal/db/up_test.go", "package db_test\n\nimport _ \"tocsin/internal/ticket\"\n", "db may not import ticket"},
		{"a vendor imports another", "internal/connector/jira/jira.go", "// Package jira.\npackage jira\n\nimport _ \"tocsin/internal/connector/aws\"\n", "connector/jira may not import connector/aws"},
		{"a room imports the scripts", "internal/db/up.go", "package db\n\nimport _ \"tocsin/scripts/testcount\"\n", "db may not import scripts/testcount"},
		{"the command reaches past app", "cmd/tocsin/more.go", "package main\n\nimport _ \"tocsin/internal/db\"\n", "cmd may not import db"},
		{"a room is not drawn", "internal/utils/doc.go", "// Package utils.\npackage utils\n", "room utils is not drawn"},
		{"a room at the top is not drawn", "pkg/x/doc.go", "// Package x.\npackage x\n", "room pkg is not drawn"},
		{"a drawn room has no files", "internal/job/doc.go", "", "draws job, which does not exist"},
		{"the drawing is gone", "ARCHITECTURE.md", "# House\n", "has no rooms block"},
		{"the drawing points downwards", "ARCHITECTURE.md", "\n```rooms\ndb : ticket\nticket : db\n```\n", "db imports ticket, which is not drawn above it"},
		{"there are too many rooms", "ARCHITECTURE.md", rooms + "```\n", "30 rooms, want at most 29"},
		{"a package has no comment", "internal/ticket/doc.go", "package ticket\n", "internal/ticket has 0 package comments"},
		{"a package has two comments", "internal/ticket/more.go", "// Package ticket again.\npackage ticket\n", "internal/ticket has 2 package comments"},
		{"a Go file is too long", "internal/ticket/long_test.go", "package ticket\n" + long, "long_test.go has 501 lines"},
		{"a web file is too long", "web/src/ui/table.tsx", "x" + long + "\n", "table.tsx has 501 lines"},
		{"a function is too long", "internal/ticket/f.go", "package ticket\n\nfunc F() {" + strings.Repeat("\n", maxFuncLines) + "}\n", "F has 81 lines"},
		{"a room reads the clock", "internal/ticket/clock.go", "package ticket\n\nimport \"time\"\n\nvar now = time.Now\n", "clock.go:5:11: time.Now outside db and job"},
		{"the clock has another name", "internal/ticket/clock.go", "package ticket\n\nimport clock \"time\"\n\nvar _ = clock.Since(x)\n", "time.Since outside db and job"},
		{"something happens before main", "internal/ticket/reg.go", "package ticket\n\nfunc init() {}\n", "reg.go:3:1: no init"},
		{"a feature imports another", "web/src/features/ticket/page.tsx", "import { row } from '../queue/row'\n", "feature ticket may not import feature queue"},
		{"a feature loads another lazily", "web/src/features/ticket/lazy.ts", "const q = import('@/features/queue/row')\n", "feature ticket may not import feature queue"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := complaints(t, map[string]string{c.file: c.text})
			if !strings.Contains(got, c.want) {
				t.Errorf("want %q in:\n%s", c.want, got)
			}
		})
	}
}

func TestGeneratedFilesMayBeLong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\n", 2*maxLines)
	got := complaints(t, map[string]string{
		"internal/ticket/zz.go":     "// Code generated by x. DO NOT EDIT.\n\npackage ticket\n" + long,
		"web/src/api/schema.d.ts":   "/** This file was auto-generated by openapi-typescript. */\n" + long,
		"internal/ticket/clock.go":  "package ticket\n\nimport \"time\"\n\nvar zero = time.Time{}\n",
		"internal/ticket/inits.go":  "package ticket\n\ntype x int\n\nfunc (x) init() {}\n",
		"internal/ticket/eighty.go": "package ticket\n\nfunc F() {" + strings.Repeat("\n", maxFuncLines-1) + "}\n",
	})
	if got != "" {
		t.Error(got)
	}
}
