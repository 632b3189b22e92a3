package main

import (
	"context"
	"os"
	"os/exec"
	"strings"
)

// longestTyped is how many characters of an answer are kept; the rest of a paste is not.
const longestTyped = 1_000

type asker struct {
	kind    string // terminal, askpass, nobody
	program string
}

// chooseAsker chooses as OpenSSH does (ssh(1), SSH_ASKPASS and SSH_ASKPASS_REQUIRE).
func chooseAsker(env func(string) string, hasTerminal bool) asker {
	program := env("SSH_ASKPASS")
	hasDisplay := env("DISPLAY") != "" || env("WAYLAND_DISPLAY") != ""
	terminal, askpass := asker{kind: "terminal"}, asker{"askpass", program}
	require := env("SSH_ASKPASS_REQUIRE")
	wanted := program != "" && (require == "force" || require == "prefer" || (require != "never" && hasDisplay && !hasTerminal))
	switch {
	case wanted:
		return askpass
	case hasTerminal && require != "force":
		return terminal
	}
	return asker{kind: "nobody"}
}

// ask asks; ok is false when the user gives up or there is nobody.
func (a asker) ask(ctx context.Context, question string, echo bool) (string, bool) {
	switch a.kind {
	case "terminal":
		return askOnTerminal(ctx, question, echo)
	case "askpass":
		out, err := exec.CommandContext(ctx, a.program, question).Output()
		line := strings.SplitN(string(out), "\n", 2)[0]
		return strings.TrimSuffix(line, "\r"), err == nil
	}
	return "", false
}

// askOnTerminal reads a line as it is edited on a terminal. An end of the context leaves the read behind, for the process is
// about to end.
func askOnTerminal(ctx context.Context, question string, echo bool) (string, bool) {
	tty, err := openTerminal()
	if err != nil {
		return "", false
	}
	defer tty.close()
	restore, err := tty.withoutEcho()
	if err != nil {
		return "", false
	}
	defer restore()
	typed := make(chan lineTyped, 1)
	_, _ = tty.out.WriteString(question + " ")
	go func() { typed <- readTyped(tty.in, tty.out, echo) }()
	defer tty.out.WriteString("\r\n")
	select {
	case line := <-typed:
		return line.text, line.ok
	case <-ctx.Done():
		return "", false
	}
}

type lineTyped struct {
	text string
	ok   bool
}

func readTyped(in, out *os.File, echo bool) lineTyped {
	var line []rune
	keys := newRuneReader(in)
	for {
		key, err := keys.next()
		if err != nil {
			return lineTyped{}
		}
		switch {
		case key == '\r' || key == '\n':
			return lineTyped{string(line), true}
		case key == 3 || (key == 4 && len(line) == 0):
			return lineTyped{}
		case key == 4:
			return lineTyped{string(line), true}
		case key == 0x7f || key == '\b':
			if len(line) > 0 {
				line = line[:len(line)-1]
				show(out, echo, "\b \b")
			}
		case key == 0x15:
			show(out, echo, strings.Repeat("\b \b", len(line)))
			line = line[:0]
		case key >= ' ' && len(line) < longestTyped:
			line = append(line, key)
			show(out, echo, string(key))
		}
	}
}

func show(out *os.File, echo bool, text string) {
	if echo {
		_, _ = out.WriteString(text)
	}
}
