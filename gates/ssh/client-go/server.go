package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"
)

// server is the way to the server: a TCP connection, or pipes to a command that has one.
type server struct {
	in              io.Reader
	out             io.Writer
	setReadDeadline func(time.Time) error
	// closeWrite tells the server that ssh sends no more.
	closeWrite func() error
	close      func()
}

func openServer(chosen options) (server, error) {
	if chosen.via != "" {
		return openVia(chosen.via)
	}
	conn, err := net.Dial("tcp", net.JoinHostPort(chosen.host, strconv.Itoa(chosen.port)))
	if err != nil {
		return server{}, fmt.Errorf("%s port %d: %w", chosen.host, chosen.port, err)
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return server{}, fmt.Errorf("%s port %d: no TCP", chosen.host, chosen.port)
	}
	return server{tcp, tcp, tcp.SetReadDeadline, tcp.CloseWrite, func() { _ = tcp.Close() }}, nil
}

// openVia runs the command in a shell, as OpenSSH runs a ProxyCommand.
func openVia(command string) (server, error) {
	words := []string{"/bin/sh", "-c", "exec " + command}
	if shell := os.Getenv("SHELL"); shell != "" && runtime.GOOS != "windows" {
		words[0] = shell
	}
	if runtime.GOOS == "windows" {
		words = []string{"cmd", "/c", command}
	}
	started := exec.Command(words[0], words[1:]...)
	started.Stderr = os.Stderr
	out, err := started.StdinPipe()
	if err != nil {
		return server{}, err
	}
	in, err := started.StdoutPipe()
	if err != nil {
		return server{}, err
	}
	if err := started.Start(); err != nil {
		return server{}, fmt.Errorf("%s: %w", command, err)
	}
	deadline := func(time.Time) error { return nil }
	if file, ok := in.(interface{ SetReadDeadline(time.Time) error }); ok {
		deadline = file.SetReadDeadline
	}
	end := func() { _ = started.Process.Kill() }
	return server{in, out, deadline, out.Close, end}, nil
}

// splice passes bytes in both directions as they are, what the readers hold first, until the server ends.
func splice(fromSSH, fromServer *bufio.Reader, to server) error {
	go func() {
		if pass(to.out, fromSSH, os.Stdin) == nil {
			_ = to.closeWrite()
		}
	}()
	// ssh says by itself that a connection that was there is gone.
	_ = pass(os.Stdout, fromServer, to.in)
	return nil
}

// pass empties the reader, and then copies from what is under it, past its buffer: where the system can move bytes between the
// two by itself, it does.
func pass(to io.Writer, held *bufio.Reader, from io.Reader) error {
	if count := held.Buffered(); count > 0 {
		bytes, _ := held.Peek(count)
		if _, err := to.Write(bytes); err != nil {
			return err
		}
	}
	if done, err := passInKernel(to, from); done {
		return err
	}
	_, err := io.CopyBuffer(plainWriter{to}, plainReader{from}, make([]byte, passBuffer))
	return err
}

const passBuffer = 1 << 16

// plainWriter and plainReader hide what would make io.Copy choose buffers of its own.
type plainWriter struct{ io.Writer }
type plainReader struct{ io.Reader }
