package main

import (
	"io"
	"net"
	"os"
	"syscall"
)

// spliceAtMost is as much as a pipe may hold without privilege.
const spliceAtMost = 1 << 20

// passInKernel moves bytes between a pipe and a TCP connection with splice(2), which copies nothing into this process. done is
// false, and nothing was moved, where the two are something else.
func passInKernel(to io.Writer, from io.Reader) (done bool, err error) {
	if pipe, ok := pipeOf(from); ok {
		if conn, ok := to.(*net.TCPConn); ok {
			return spliceAll(conn, func(raw syscall.RawConn, move func(socket uintptr) bool) error { return raw.Write(move) },
				func(socket int) (int64, error) { return syscall.Splice(pipe, nil, socket, nil, spliceAtMost, 0) })
		}
	}
	if pipe, ok := pipeOf(to); ok {
		if conn, ok := from.(*net.TCPConn); ok {
			return spliceAll(conn, func(raw syscall.RawConn, move func(socket uintptr) bool) error { return raw.Read(move) },
				func(socket int) (int64, error) { return syscall.Splice(socket, nil, pipe, nil, spliceAtMost, 0) })
		}
	}
	return false, nil
}

// spliceAll moves until the source ends. The pipe's end blocks, so that EAGAIN is always the connection's, and the runtime's
// poller can wait for that.
func spliceAll(conn *net.TCPConn, when func(syscall.RawConn, func(uintptr) bool) error, splice func(socket int) (int64, error)) (done bool, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return false, nil
	}
	for any := false; ; any = true {
		var count int64
		var failed error
		waited := when(raw, func(socket uintptr) bool {
			count, failed = splice(int(socket))
			for failed == syscall.EINTR {
				count, failed = splice(int(socket))
			}
			return failed != syscall.EAGAIN
		})
		switch {
		case waited != nil:
			return true, waited
		case failed == syscall.EINVAL && !any:
			return false, nil
		case failed != nil:
			return true, failed
		case count == 0:
			return true, nil
		}
	}
}

// pipeOf is the descriptor of a pipe, made to block.
func pipeOf(end interface{}) (descriptor int, ok bool) {
	file, ok := end.(*os.File)
	if !ok {
		return 0, false
	}
	facts, err := file.Stat()
	if err != nil || facts.Mode()&os.ModeNamedPipe == 0 {
		return 0, false
	}
	descriptor = int(file.Fd())
	return descriptor, syscall.SetNonblock(descriptor, false) == nil
}
