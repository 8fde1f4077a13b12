package main

func badAPITable(map[string]apiAnswer) string { return "" }
