package main

var apiTextCases, apiParameterCases, apiPathCases, apiWireCases, apiWhoCases, apiAgainCases, apiPunchCases, apiFileCases []badRequest

func badAPITable(rows map[string]apiAnswer) string { return "" }
