package terminal

import "strings"

// stateDirection reads the state key of a terminal. 255 means that it did not ask; keys 4 and 5 are overtime in and out.
func stateDirection(state *int) Direction {
	if state == nil {
		return Auto
	}
	switch *state {
	case 0, 4:
		return In
	case 1, 5:
		return Out
	case 2:
		return BreakOut
	case 3:
		return BreakIn
	}
	return Auto
}

// words are what exports write in a direction column. Numbers are not among them: what 0 means differs by maker.
var words = map[string]Direction{
	"": Auto, "auto": Auto, "自动": Auto,

	"in": In, "c/in": In, "i": In, "check in": In, "check-in": In, "checkin": In, "clock in": In, "clock-in": In,
	"overtime in": In, "kommen": In, "kommt": In, "上班": In, "上班打卡": In, "签到": In, "进": In, "进门": In, "入": In,
	"出勤": In, "出社": In,

	"out": Out, "c/out": Out, "o": Out, "check out": Out, "check-out": Out, "checkout": Out, "clock out": Out, "clock-out": Out,
	"overtime out": Out, "gehen": Out, "geht": Out, "下班": Out, "下班打卡": Out, "签退": Out, "出": Out, "出门": Out,
	"退勤": Out, "退社": Out,

	"break_out": BreakOut, "break out": BreakOut, "break start": BreakOut, "pause beginn": BreakOut, "pausenbeginn": BreakOut,
	"外出": BreakOut, "休息开始": BreakOut, "休憩開始": BreakOut,

	"break_in": BreakIn, "break in": BreakIn, "break end": BreakIn, "out back": BreakIn, "pause ende": BreakIn, "pausenende": BreakIn,
	"外出返回": BreakIn, "休息结束": BreakIn, "休憩終了": BreakIn,
}

// wordDirection reads a word; the words of own come first.
func wordDirection(word string, own map[string]Direction) (Direction, bool) {
	word = strings.TrimSpace(word)
	if d, ok := own[word]; ok {
		return d, true
	}
	d, ok := words[strings.ToLower(word)]
	return d, ok
}
