// Command vestibule-connect is the client side of a gate's challenges, for ssh's ProxyCommand. The protocol is described in
// docs/ssh-challenge-protocol.md; `vestibule ssh-connect` is the same in TypeScript.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

const (
	version = "0.1.0"
	// A server that says nothing for so long may be waiting for its client.
	firstLineWithin = 15 * time.Second
)

// Exit codes as of every command of Vestibule.
const (
	failed     = 1
	wrongUsage = 2
)

func main() {
	chosen, err := parseOptions(os.Args[1:], os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		tell("%v", err)
		fmt.Fprintln(os.Stderr, "(vestibule-connect --help says more)")
		os.Exit(wrongUsage)
	}
	if err := run(chosen); err != nil {
		tell("%v", err)
		os.Exit(failed)
	}
}

// run connects standard input and output to the server, answering the gate before it if there is one.
func run(chosen options) error {
	files, err := newState(chosen.stateFolder, chosen.host, chosen.port)
	if err != nil {
		return err
	}
	server, err := openServer(chosen)
	if err != nil {
		return err
	}
	defer server.close()
	fromSSH, fromServer := bufio.NewReaderSize(os.Stdin, readAhead), bufio.NewReaderSize(server.in, readAhead)
	talk := dialogue{
		ssh: fromSSH, server: fromServer, toSSH: os.Stdout, toServer: server.out,
		talker: user{options: chosen, state: files, server: fromServer},
	}
	_ = server.setReadDeadline(time.Now().Add(firstLineWithin))
	talk.onFirstLine = func() { _ = server.setReadDeadline(time.Time{}) }
	if err := talk.run(); err != nil {
		return err
	}
	if chosen.requireGate && !talk.hadGate {
		return fmt.Errorf("no gate before %s, and --require-gate was given", chosen.host)
	}
	return splice(fromSSH, fromServer, server)
}
