package main

import (
	"os"
	"syscall"
)

// terminal is the console.
type terminal struct{ in, out *os.File }

var setConsoleMode = syscall.NewLazyDLL("kernel32.dll").NewProc("SetConsoleMode")

// Flags of SetConsoleMode.
const (
	processedInput = 0x1
	lineInput      = 0x2
	echoInput      = 0x4
)

func openTerminal() (terminal, error) {
	in, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return terminal{}, err
	}
	out, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		_ = in.Close()
		return terminal{}, err
	}
	return terminal{in, out}, nil
}

func (t terminal) close() {
	_ = t.in.Close()
	_ = t.out.Close()
}

// withoutEcho lets the console give every key as it comes and show none; restore gives it back.
func (t terminal) withoutEcho() (restore func(), err error) {
	var before uint32
	handle := syscall.Handle(t.in.Fd())
	if err := syscall.GetConsoleMode(handle, &before); err != nil {
		return nil, err
	}
	set := func(mode uint32) error {
		if done, _, err := setConsoleMode.Call(uintptr(handle), uintptr(mode)); done == 0 {
			return err
		}
		return nil
	}
	if err := set(before &^ (processedInput | lineInput | echoInput)); err != nil {
		return nil, err
	}
	return func() { _ = set(before) }, nil
}
