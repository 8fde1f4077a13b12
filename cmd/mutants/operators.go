package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/big"
	"strings"
)

// mutant is one change of one file. Two mutants with the same words in the same function are told apart by offset alone.
type mutant struct {
	pkg, file string // from the root of the module, with slashes
	function  string // Type.Method, or the name of a function; empty outside
	operator  string
	line      int
	run       int // the line that coverage tells of: that of the switch for the condition of a case
	from, to  int // the bytes that are replaced
	text      string
	before    string // the line, or lines, that the change touches, with single spaces
	after     string
	above     string // the line above, which tells apart what has the same words
	in        *place // the function that it is in; nil outside
}

// place is a function of a file: what a batch needs to write copies of it.
type place struct {
	name, call string // its name, and how its body calls a function of the same parameters: e.%s(a, b...)
	from, to   int
	nameEnd    int
	body       int // behind the opening brace
	results    bool
	insert     []insertion // names for parameters that have none
}

type insertion struct {
	at, to int
	text   string
}

func (m mutant) String() string {
	return fmt.Sprintf("%s:%d %s [%s]\n\t@ %s\n\t- %s\n\t+ %s", m.file, m.line, m.function, m.operator, m.above, m.before, m.after)
}

// apply returns the file with the change.
func (m mutant) apply(source []byte) []byte {
	return bytes.Join([][]byte{source[:m.from], []byte(m.text), source[m.to:]}, nil)
}

// swaps are the tokens that stand for each other, by operator.
var swaps = map[token.Token]struct {
	operator string
	other    token.Token
}{
	token.LSS: {"comparison", token.LEQ}, token.LEQ: {"comparison", token.LSS},
	token.GTR: {"comparison", token.GEQ}, token.GEQ: {"comparison", token.GTR},
	token.EQL: {"comparison", token.NEQ}, token.NEQ: {"comparison", token.EQL},
	token.LAND: {"boolean", token.LOR}, token.LOR: {"boolean", token.LAND},
	token.ADD: {"arithmetic", token.SUB}, token.SUB: {"arithmetic", token.ADD},
	token.MUL: {"arithmetic", token.QUO}, token.QUO: {"arithmetic", token.MUL}, token.REM: {"arithmetic", token.MUL},
	token.ADD_ASSIGN: {"arithmetic", token.SUB_ASSIGN}, token.SUB_ASSIGN: {"arithmetic", token.ADD_ASSIGN},
	token.INC: {"arithmetic", token.DEC}, token.DEC: {"arithmetic", token.INC},
	token.BREAK: {"branch", token.CONTINUE}, token.CONTINUE: {"branch", token.BREAK},
}

// finder collects the mutants of a file.
type finder struct {
	pkg, name string
	source    []byte
	file      *token.File
	found     []mutant
	function  string
	in        *place
	unread    map[ast.Node]bool // literals that are returned beside an error: nobody reads them

	conditions []asked // of the cases of switches, those of inner ones behind those of outer ones
}

// asked is the condition of a case.
type asked struct {
	from, to token.Pos
	run      int // the line of its switch
}

// find returns the mutants of a file in the order of its syntax tree; a generated file has none.
func find(pkg, name string, source []byte) ([]mutant, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if ast.IsGenerated(tree) {
		return nil, nil
	}
	f := &finder{pkg: pkg, name: name, source: source, file: set.File(tree.FileStart), unread: map[ast.Node]bool{}}
	for _, d := range tree.Decls {
		f.function, f.in = "", nil
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			f.function, f.in = fn.Name.Name, f.place(fn)
			if fn.Recv != nil {
				f.function = strings.TrimLeft(f.words(fn.Recv.List[0].Type), "*") + "." + f.function
			}
		}
		ast.Inspect(d, f.visit)
	}
	return f.found, nil
}

func (f *finder) at(p token.Pos) int { return f.file.Offset(p) }

func (f *finder) words(n ast.Node) string { return string(f.source[f.at(n.Pos()):f.at(n.End())]) }

// place measures a function, and gives names to parameters that it does not use.
func (f *finder) place(fn *ast.FuncDecl) *place {
	p := &place{
		name: fn.Name.Name, from: f.at(fn.Pos()), to: f.at(fn.End()), nameEnd: f.at(fn.Name.End()), body: f.at(fn.Body.Lbrace) + 1,
		results: fn.Type.Results.NumFields() > 0,
	}
	names := func(list *ast.FieldList) (out []string) {
		if list == nil {
			return nil
		}
		for _, field := range list.List {
			if len(field.Names) == 0 {
				name := fmt.Sprintf("unnamed%d", len(p.insert))
				at := f.at(field.Type.Pos())
				p.insert, out = append(p.insert, insertion{at, at, name + " "}), append(out, name)
			}
			for _, id := range field.Names {
				name := id.Name
				if name == "_" {
					name = fmt.Sprintf("unnamed%d", len(p.insert))
					p.insert = append(p.insert, insertion{f.at(id.Pos()), f.at(id.End()), name})
				}
				out = append(out, name)
			}
			if _, variadic := field.Type.(*ast.Ellipsis); variadic {
				out[len(out)-1] += "..."
			}
		}
		return out
	}
	if receiver := names(fn.Recv); receiver != nil {
		p.call = receiver[0] + "."
	}
	p.call += "%s(" + strings.Join(names(fn.Type.Params), ", ") + ")"
	return p
}

// visit adds the mutants of a node and reports whether its children are to be visited.
func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncDecl:
		return !forPeople(n)
	case *ast.ImportSpec:
		return false
	case *ast.CallExpr:
		return f.call(n)
	case *ast.BinaryExpr:
		if !isError(n) {
			f.swap(n.OpPos, n.Op)
		}
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			f.add("boolean", n.OpPos, n.X.Pos(), "")
		}
	case *ast.AssignStmt:
		f.swap(n.TokPos, n.Tok)
	case *ast.IncDecStmt:
		f.swap(n.TokPos, n.Tok)
	case *ast.BranchStmt:
		f.swap(n.TokPos, n.Tok)
	case *ast.BasicLit:
		if f.unread[n] {
			return false
		}
		if v, ok := new(big.Int).SetString(n.Value, 0); ok && n.Kind == token.INT {
			f.add("constant", n.Pos(), n.End(), v.Add(v, big.NewInt(1)).String())
		}
	case *ast.Ident:
		switch {
		case f.unread[n]:
		case n.Name == "true":
			f.add("constant", n.Pos(), n.End(), "false")
		case n.Name == "false":
			f.add("constant", n.Pos(), n.End(), "true")
		}
	case *ast.ReturnStmt:
		if f.makesError(n) {
			f.unreadResults(n)
		}
	case *ast.SliceExpr:
		f.bounds(n)
	case *ast.IfStmt:
		if b, ok := n.Cond.(*ast.BinaryExpr); ok && b.Op == token.NEQ && isError(b) {
			f.besideError(n.Body)
		}
		f.condition(n.Cond, isError(n.Cond), panics(n.Body))
	case *ast.ForStmt:
		if n.Cond != nil {
			f.never(n.Cond)
		}
	case *ast.SwitchStmt:
		f.ask(n)
		if n.Tag == nil {
			f.cases(n)
		}
	}
	return true
}

// call adds the mutants of a call itself. What is only for a reader of an error or of a log has none, nor has a capacity.
func (f *finder) call(n *ast.CallExpr) bool {
	switch name := f.words(n.Fun); {
	case name == "panic", name == "fmt.Errorf", name == "errors.New", strings.HasPrefix(name, "slog."),
		strings.Contains(strings.ToLower(name), "log.debug"), strings.Contains(strings.ToLower(name), "log.info"),
		strings.Contains(strings.ToLower(name), "log.warn"), strings.Contains(strings.ToLower(name), "log.error"):
		return false
	case name == "min":
		f.add("bound", n.Fun.Pos(), n.Fun.End(), "max")
	case name == "max":
		f.add("bound", n.Fun.Pos(), n.Fun.End(), "min")
	case name == "make":
		for _, arg := range n.Args[:min(len(n.Args), 2)] {
			ast.Inspect(arg, f.visit)
		}
		return false
	}
	return true
}

func (f *finder) bounds(n *ast.SliceExpr) {
	if n.Slice3 {
		return
	}
	if n.Low != nil {
		f.add("bound", n.Low.Pos(), n.Low.End(), "")
	}
	if n.High != nil {
		f.add("bound", n.High.Pos(), n.High.End(), "")
	}
}

// ask notes where the conditions of a switch stand. Coverage counts what a case does, not that it was asked.
func (f *finder) ask(n *ast.SwitchStmt) {
	for _, s := range n.Body.List {
		for _, e := range s.(*ast.CaseClause).List {
			f.conditions = append(f.conditions, asked{e.Pos(), e.End(), f.file.Line(n.Switch)})
		}
	}
}

func (f *finder) cases(n *ast.SwitchStmt) {
	for _, s := range n.Body.List {
		c := s.(*ast.CaseClause)
		for _, e := range c.List {
			f.condition(e, isError(e), panics(&ast.BlockStmt{List: c.Body}))
		}
	}
}

// condition adds the branch that is always and the one that is never taken. A check of an error that always fails would tell
// nothing about the tests, and a check that guards a broken invariant has no test that can reach it.
func (f *finder) condition(cond ast.Expr, ofError, guard bool) {
	if !ofError {
		f.add("branch", cond.Pos(), cond.End(), "true || ("+f.words(cond)+")")
	}
	if !guard {
		f.never(cond)
	}
}

// never keeps the condition behind false, so that what it names stays used.
func (f *finder) never(cond ast.Expr) {
	f.add("branch", cond.Pos(), cond.End(), "false && ("+f.words(cond)+")")
}

func (f *finder) swap(at token.Pos, t token.Token) {
	if s, ok := swaps[t]; ok {
		f.add(s.operator, at, at+token.Pos(len(t.String())), s.other.String())
	}
}

func (f *finder) add(operator string, from, to token.Pos, text string) {
	m := mutant{
		pkg: f.pkg, file: f.name, function: f.function, operator: operator,
		line: f.file.Line(from), run: f.file.Line(from), from: f.at(from), to: f.at(to), text: text,
	}
	for _, c := range f.conditions {
		if c.from <= from && to <= c.to {
			m.run = c.run
		}
	}
	if f.in != nil && m.from >= f.in.body {
		m.in = f.in
	}
	first := bytes.LastIndexByte(f.source[:m.from], '\n') + 1
	last := len(f.source)
	if i := bytes.IndexByte(f.source[m.to:], '\n'); i >= 0 {
		last = m.to + i
	}
	if above := bytes.TrimSpace(f.source[:first]); len(above) > 0 {
		m.above = oneLine(above[bytes.LastIndexByte(above, '\n')+1:])
	}
	m.before = oneLine(f.source[first:last])
	m.after = oneLine(f.source[first:m.from], []byte(text), f.source[m.to:last])
	f.found = append(f.found, m)
}

func oneLine(parts ...[]byte) string {
	return strings.Join(strings.Fields(string(bytes.Join(parts, nil))), " ")
}

// besideError finds what a block that is run for an error returns beside it.
func (f *finder) besideError(b *ast.BlockStmt) {
	for _, s := range b.List {
		r, ok := s.(*ast.ReturnStmt)
		if ok && len(r.Results) > 1 {
			f.unreadResults(r)
		}
	}
}

func (f *finder) unreadResults(r *ast.ReturnStmt) {
	for _, e := range r.Results[:len(r.Results)-1] {
		f.unread[e] = true
	}
}

// makesError reports whether the last result of a return is an error that is made there.
func (f *finder) makesError(r *ast.ReturnStmt) bool {
	if len(r.Results) < 2 {
		return false
	}
	words := f.words(r.Results[len(r.Results)-1])
	name, _, called := strings.Cut(words, "(")
	typed, _, literal := strings.Cut(words, "{")
	return called && (name == "fmt.Errorf" || name == "errors.New" || name == "domain.NewError") || literal && strings.HasPrefix(typed, "&") && strings.HasSuffix(typed, "Error")
}

// isError reports whether e compares an error with nil.
func isError(e ast.Expr) bool {
	b, ok := e.(*ast.BinaryExpr)
	if !ok || b.Op != token.NEQ && b.Op != token.EQL {
		return false
	}
	x, _ := b.X.(*ast.Ident)
	y, _ := b.Y.(*ast.Ident)
	return x != nil && y != nil && y.Name == "nil" && strings.HasSuffix(strings.ToLower(x.Name), "err")
}

// panics reports whether a block does nothing but panic.
func panics(b *ast.BlockStmt) bool {
	if len(b.List) != 1 {
		return false
	}
	s, ok := b.List[0].(*ast.ExprStmt)
	if !ok {
		return false
	}
	c, ok := s.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, ok := c.Fun.(*ast.Ident)
	return ok && fn.Name == "panic"
}

// forPeople reports whether a function only writes the words of an error or of a value.
func forPeople(n *ast.FuncDecl) bool {
	switch n.Name.Name {
	case "Error", "String", "GoString":
		return n.Recv != nil && n.Type.Params.NumFields() == 0
	}
	return false
}
