package main

func provesCanary(w *world) ([]row, error) { return nil, nil }
