package crashtest

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// The default VFS of the process is a copy of SQLite's own one for Unix with another xOpen and xDelete. xOpen calls the original
// and, in a folder that is recorded, replaces the file's table of methods by a copy whose xClose, xRead, xWrite, xTruncate and
// xSync ask the recorder, call the original and record what it did. Files elsewhere keep their table. What SQLite keeps in -shm
// files goes another way; a crash loses it anyhow. Folders are synced by SQLite's own function openDirectory, which is replaced too.

var (
	installing sync.Once
	installed  error
	unix       *sqlite3.Tsqlite3_vfs // SQLite's own
	shim       sqlite3.Tsqlite3_vfs
	syncFolder func(tls *libc.TLS, path, fd uintptr) int32 // SQLite's own openDirectory

	mu       sync.Mutex
	watched  = map[string]*Recorder{} // by folder
	replaced = map[uintptr]*table{}   // by the original table
	opened   = map[uintptr]*file{}    // by SQLite's own file
)

// table is a copy of a table of methods. It begins with the copy, so that a file's pointer leads to all of it. It lies in SQLite's
// memory, as the race detector takes SQLite's pointers into Go's for mistakes, and stays as long as the process.
type table struct {
	methods  sqlite3.Tsqlite3_io_methods
	original *sqlite3.Tsqlite3_io_methods
}

// file is an open file of a recorded folder.
type file struct {
	r      *Recorder
	number int
	name   string
}

// at returns what SQLite has at an address.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// function returns the Go function behind a pointer of SQLite.
func function[F any](pointer uintptr) F { return *(*F)(unsafe.Pointer(&pointer)) }

// set makes a pointer of SQLite lead to a Go function, which must be none that captures variables: nothing else keeps it alive.
func set[F any](pointer *uintptr, f F) { *(*F)(unsafe.Pointer(pointer)) = f }

type (
	openFunc     = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32
	deleteFunc   = func(tls *libc.TLS, vfs, name uintptr, syncDir int32) int32
	closeFunc    = func(tls *libc.TLS, file uintptr) int32
	transferFunc = func(tls *libc.TLS, file, buffer uintptr, n int32, offset int64) int32
	truncateFunc = func(tls *libc.TLS, file uintptr, size int64) int32
	syncFunc     = func(tls *libc.TLS, file uintptr, flags int32) int32
	folderFunc   = func(tls *libc.TLS, path, fd uintptr) int32
	getCallFunc  = func(tls *libc.TLS, vfs, name uintptr) uintptr
	setCallFunc  = func(tls *libc.TLS, vfs, name, call uintptr) int32
)

// install makes the recording VFS the default of the process, once.
func install() error {
	installing.Do(func() {
		tls := libc.NewTLS()
		unix = at[sqlite3.Tsqlite3_vfs](sqlite3.Xsqlite3_vfs_find(tls, 0))
		shim = *unix
		name, err := libc.CString("crashtest")
		if err != nil {
			installed = err
			return
		}
		shim.FzName = name
		set(&shim.FxOpen, openFunc(xOpen))
		set(&shim.FxDelete, deleteFunc(xDelete))
		call, err := libc.CString("openDirectory")
		if err != nil {
			installed = err
			return
		}
		own := uintptr(unsafe.Pointer(unix))
		syncFolder = function[folderFunc](function[getCallFunc](unix.FxGetSystemCall)(tls, own, call))
		var ours uintptr
		set(&ours, folderFunc(openDirectory))
		if rc := function[setCallFunc](unix.FxSetSystemCall)(tls, own, call, ours); rc != sqlite3.SQLITE_OK {
			installed = fmt.Errorf("replace openDirectory: %d", rc)
			return
		}
		if rc := sqlite3.Xsqlite3_vfs_register(tls, uintptr(unsafe.Pointer(&shim)), 1); rc != sqlite3.SQLITE_OK {
			installed = fmt.Errorf("register the recording VFS: %d", rc)
		}
	})
	return installed
}

// watch records a folder, or no longer where r is nil.
func watch(dir string, r *Recorder) {
	mu.Lock()
	defer mu.Unlock()
	if r == nil {
		delete(watched, dir)
		return
	}
	watched[dir] = r
}

func recorderOf(path string) *Recorder {
	mu.Lock()
	defer mu.Unlock()
	return watched[filepath.Dir(path)]
}

func xOpen(tls *libc.TLS, _, zName, pFile uintptr, flags int32, out uintptr) int32 {
	open := function[openFunc](unix.FxOpen)
	own := uintptr(unsafe.Pointer(unix))
	if zName == 0 || flags&sqlite3.SQLITE_OPEN_DELETEONCLOSE != 0 {
		return open(tls, own, zName, pFile, flags, out)
	}
	path := libc.GoString(zName)
	r := recorderOf(path)
	if r == nil {
		return open(tls, own, zName, pFile, flags, out)
	}
	name := filepath.Base(path)
	if err := r.ask(Open, name); err != nil {
		return code(Open, err)
	}
	if rc := open(tls, own, zName, pFile, flags, out); rc != sqlite3.SQLITE_OK {
		return rc
	}
	f := &file{r: r, number: r.opened(name), name: name}
	handle := at[sqlite3.Tsqlite3_file](pFile)
	mu.Lock()
	defer mu.Unlock()
	t, ok := replaced[handle.FpMethods]
	if !ok {
		room := libc.Xcalloc(tls, 1, types.Size_t(unsafe.Sizeof(table{})))
		if room == 0 {
			return sqlite3.SQLITE_NOMEM
		}
		t = at[table](room)
		t.original = at[sqlite3.Tsqlite3_io_methods](handle.FpMethods)
		t.methods = *t.original
		set(&t.methods.FxClose, closeFunc(xClose))
		set(&t.methods.FxRead, transferFunc(xRead))
		set(&t.methods.FxWrite, transferFunc(xWrite))
		set(&t.methods.FxTruncate, truncateFunc(xTruncate))
		set(&t.methods.FxSync, syncFunc(xSync))
		replaced[handle.FpMethods] = t
	}
	opened[pFile] = f
	handle.FpMethods = uintptr(unsafe.Pointer(t))
	return sqlite3.SQLITE_OK
}

// look returns an open file and its original methods.
func look(pFile uintptr) (*file, *sqlite3.Tsqlite3_io_methods) {
	mu.Lock()
	defer mu.Unlock()
	return opened[pFile], at[table](at[sqlite3.Tsqlite3_file](pFile).FpMethods).original
}

func xClose(tls *libc.TLS, pFile uintptr) int32 {
	_, original := look(pFile)
	mu.Lock()
	delete(opened, pFile)
	mu.Unlock()
	return function[closeFunc](original.FxClose)(tls, pFile)
}

func xRead(tls *libc.TLS, pFile, buffer uintptr, n int32, offset int64) int32 {
	f, original := look(pFile)
	if err := f.r.ask(Read, f.name); err != nil {
		return code(Read, err)
	}
	return function[transferFunc](original.FxRead)(tls, pFile, buffer, n, offset)
}

func xWrite(tls *libc.TLS, pFile, buffer uintptr, n int32, offset int64) int32 {
	f, original := look(pFile)
	refused := f.r.ask(Write, f.name)
	if refused != nil {
		n /= 2 // a write that fails may have been made in part
	}
	if n > 0 {
		if rc := function[transferFunc](original.FxWrite)(tls, pFile, buffer, n, offset); rc != sqlite3.SQLITE_OK {
			return rc
		}
		f.r.add(Op{Kind: Write, File: f.number, Name: f.name, Offset: offset, Data: slices.Clone(libc.GoBytes(buffer, int(n)))})
	}
	if refused != nil {
		return code(Write, refused)
	}
	return sqlite3.SQLITE_OK
}

func xTruncate(tls *libc.TLS, pFile uintptr, size int64) int32 {
	f, original := look(pFile)
	if err := f.r.ask(Truncate, f.name); err != nil {
		return code(Truncate, err)
	}
	rc := function[truncateFunc](original.FxTruncate)(tls, pFile, size)
	if rc == sqlite3.SQLITE_OK {
		f.r.add(Op{Kind: Truncate, File: f.number, Name: f.name, Offset: size})
	}
	return rc
}

func xSync(tls *libc.TLS, pFile uintptr, flags int32) int32 {
	f, original := look(pFile)
	if err := f.r.ask(Sync, f.name); err != nil {
		f.r.add(Op{Kind: FailedSync, File: f.number, Name: f.name})
		return code(Sync, err)
	}
	rc := function[syncFunc](original.FxSync)(tls, pFile, flags)
	if rc == sqlite3.SQLITE_OK {
		f.r.add(Op{Kind: Sync, File: f.number, Name: f.name})
	}
	return rc
}

func xDelete(tls *libc.TLS, _, zName uintptr, syncDir int32) int32 {
	path := libc.GoString(zName)
	r := recorderOf(path)
	if r != nil {
		if err := r.ask(Remove, filepath.Base(path)); err != nil {
			return code(Remove, err)
		}
		r.removed(filepath.Base(path)) // before the sync of its folder, which xDelete makes itself
	}
	return function[deleteFunc](unix.FxDelete)(tls, uintptr(unsafe.Pointer(unix)), zName, syncDir)
}

// openDirectory is called by SQLite with the name of a file whose folder it is about to sync.
func openDirectory(tls *libc.TLS, zName, fd uintptr) int32 {
	rc := syncFolder(tls, zName, fd)
	if r := recorderOf(libc.GoString(zName)); r != nil && rc == sqlite3.SQLITE_OK {
		r.add(Op{Kind: SyncDir, Name: "."})
	}
	return rc
}
