package main

func measurePostgres(s settings, r *results) error { return nil }
func measureFeed(s settings, r *results) error     { return nil }
func measureStart(s settings, r *results) error    { return nil }
func measureWeb(s settings, r *results) error      { return nil }
