package httpapi

import (
	"net/http"

	"golang.org/x/text/language"

	"github.com/punchledger/punchledger/domain/text"
)

var languages = language.NewMatcher([]language.Tag{language.English, language.SimplifiedChinese, language.Chinese})

// catalogueOf returns the texts in the language that a request asks for: by its parameter, else by its header, else English.
func catalogueOf(lang, accept string) *text.Catalogue {
	switch lang {
	case text.English, text.Chinese, "zh":
		return text.Lookup(lang)
	}
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return text.Lookup(text.English)
	}
	if _, i, _ := languages.Match(tags...); i > 0 {
		return text.Lookup(text.Chinese)
	}
	return text.Lookup(text.English)
}

func textOf(r *http.Request) *text.Catalogue {
	return catalogueOf(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language"))
}
