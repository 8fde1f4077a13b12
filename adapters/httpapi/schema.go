package httpapi

import (
	"path"
	"reflect"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

var qualified = regexp.MustCompile(`[A-Za-z0-9_./-]*/([a-z]+)\.([A-Za-z]+)`)

// schemaName names a type in the document. Types of other packages carry their package, as several have a Row: DailyRow. A type
// without a name is called after where it stands.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := t.Name()
	if name == "" {
		return huma.DefaultSchemaNamer(t, hint)
	}
	name = qualified.ReplaceAllStringFunc(name, func(s string) string {
		m := qualified.FindStringSubmatch(s)
		return inPackage(m[1], m[2])
	})
	name = strings.NewReplacer("[", "", "]", "", "*", "", ",", "").Replace(name)
	return inPackage(path.Base(t.PkgPath()), name)
}

func inPackage(pkg, name string) string {
	name = strings.ToUpper(name[:1]) + name[1:]
	if pkg == "httpapi" {
		return name
	}
	return strings.ToUpper(pkg[:1]) + pkg[1:] + name
}
