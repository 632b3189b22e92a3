//go:build linux || darwin

package main

import (
	"os"
	"syscall"
	"unsafe"
)

// terminal is the controlling terminal.
type terminal struct{ in, out *os.File }

func openTerminal() (terminal, error) {
	// Blocking, so that it is read by a thread and not by the poller, which knows no terminals on some systems.
	descriptor, err := syscall.Open("/dev/tty", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return terminal{}, err
	}
	tty := os.NewFile(uintptr(descriptor), "/dev/tty")
	return terminal{tty, tty}, nil
}

func (t terminal) close() { _ = t.in.Close() }

// withoutEcho lets the terminal give every key as it comes and show none; restore gives it back.
func (t terminal) withoutEcho() (restore func(), err error) {
	var before syscall.Termios
	descriptor := t.in.Fd()
	if err := ioctl(descriptor, getTermios, &before); err != nil {
		return nil, err
	}
	raw := before
	raw.Lflag &^= syscall.ECHO | syscall.ICANON | syscall.ISIG | syscall.IEXTEN
	raw.Cc[syscall.VMIN], raw.Cc[syscall.VTIME] = 1, 0
	if err := ioctl(descriptor, setTermios, &raw); err != nil {
		return nil, err
	}
	return func() { _ = ioctl(descriptor, setTermios, &before) }, nil
}

func ioctl(descriptor, request uintptr, termios *syscall.Termios) error {
	_, _, code := syscall.Syscall(syscall.SYS_IOCTL, descriptor, request, uintptr(unsafe.Pointer(termios)))
	if code != 0 {
		return code
	}
	return nil
}
