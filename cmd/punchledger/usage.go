package main

import (
	"regexp"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// wrongUsage are the refusals of the parser of the command line: how it words each, our code, and what its groups are called. The
// first that matches counts.
var wrongUsage = []struct {
	worded *regexp.Regexp
	code   string
	args   []string
}{
	{regexp.MustCompile(`^unknown flag (\S+), did you mean (?:one of )?(.+)\?$`), "usage_flag_meant", []string{"flag", "meant"}},
	{regexp.MustCompile(`^unknown flag (\S+)`), "usage_flag", []string{"flag"}},
	{regexp.MustCompile(`(?s)^unexpected argument (.+), did you mean (?:one of )?(.+)\?$`), "usage_argument_meant", []string{"argument", "meant"}},
	{regexp.MustCompile(`(?s)^unexpected (?:argument|token|flag argument) (.*)$`), "usage_argument", []string{"argument"}},
	{regexp.MustCompile(`^missing flags: (.+)$`), "usage_missing", []string{"missing"}},
	{regexp.MustCompile(`^missing positional arguments (.+)$`), "usage_missing", []string{"missing"}},
	{regexp.MustCompile(`^expected "(<.+)"$`), "usage_missing", []string{"missing"}},
	{regexp.MustCompile(`^expected one of (.+)$`), "usage_command", []string{"want"}},
	{regexp.MustCompile(`(?s)^(\S+) must be one of (.+) but got "(.*)"$`), "usage_choice", []string{"field", "want", "value"}},
	{regexp.MustCompile(`(?s)^(\S+): expected an? (?:valid \d+ bit )?u?int but got "(.*?)"`), "usage_number", []string{"field", "value"}},
	{regexp.MustCompile(`(?s)^(\S+): expected "<key>=<value>" but got "?(.*?)"?$`), "usage_pair", []string{"field", "value"}},
	{regexp.MustCompile(`(?s)^(\S+): bool value must be .* but got "(.*)"$`), "usage_switch", []string{"field", "value"}},
	{regexp.MustCompile(`^(\S+): expected .* value but got "EOL"`), "usage_no_value", []string{"field"}},
	{regexp.MustCompile(`^(\S+): missing value`), "usage_no_value", []string{"field"}},
	{regexp.MustCompile(`(?s)^(\S+): expected .* value but got "(.*?)" \(`), "usage_flag_as_value", []string{"field", "value"}},
	{regexp.MustCompile(`^flag (\S+) applies to the default command "(.*)", not "(.*)"$`), "usage_other_command", []string{"flag", "of", "given"}},
}

// usageRefusal gives a refusal of the parser its code. What a later version of the parser words otherwise is code usage.
func usageRefusal(err error) *domain.Error {
	for _, w := range wrongUsage {
		found := w.worded.FindStringSubmatch(err.Error())
		if found == nil {
			continue
		}
		out := domain.NewError(domain.Invalid, w.code)
		out.Args = map[string]string{}
		for i, name := range w.args {
			out.Args[name] = strings.NewReplacer(`","`, ", ", `"`, "").Replace(found[i+1])
		}
		return out
	}
	return domain.NewError(domain.Invalid, "usage", "problem", err.Error())
}

// languageOf is the language in which a command line that cannot be parsed is refused.
func languageOf(args []string, setting func(string) string) string {
	for i, a := range args {
		if lang, ok := strings.CutPrefix(a, "--lang="); ok {
			return lang
		}
		if a == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
		if a == "--" {
			break
		}
	}
	return setting("PUNCHLEDGER_LANG")
}
