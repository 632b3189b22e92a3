package main

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

const (
	longestLine  = 1_024
	mostLines    = 64
	mostMessages = 32
	// One packet, and whatever came with it: more is not read ahead.
	readAhead = 1 << 17
)

// Faults of a gate, by the code that is shown.
var (
	errBadPacket       = errors.New("the gate sent what is no SSH packet (bad-packet)")
	errBadSignature    = errors.New("a message was not signed by this gate for this connection: somebody may be in between (bad-signature)")
	errTooManyMessages = errors.New("the gate sends messages without end (too-many-messages)")
	errTooManyLines    = errors.New("the server sends lines without end before its identification string (too-many-lines)")
)

// talker is what the dialogue needs of the user: whether to trust the keys, what to say first, what to answer.
type talker interface {
	trusts(keys gateKeys) error
	hello(keys gateKeys, bind []byte) ([]byte, error)
	// reply is nil when there is nothing to say; settle, to be called once it is said, gives the server's reader back.
	reply(keys gateKeys, bind, body []byte) (said []byte, settle func(), err error)
}

// dialogue is the client's side of the dialogue with a gate, between an SSH client and the network. Nothing of ssh is read
// before the first line of the server is known: so its identification string waits where it is.
type dialogue struct {
	ssh, server     *bufio.Reader
	toSSH, toServer io.Writer
	talker          talker
	// onFirstLine is called once the first line is known, or given up.
	onFirstLine func()
	// hadGate tells, afterwards, whether there was one.
	hadGate bool
}

// run ends without error where bytes are to pass in both directions as they are, what the readers hold first.
func (d *dialogue) run() error {
	line := d.firstLine()
	d.onFirstLine()
	versions, keys, ok := parseAdvert(withoutLineEnd(line))
	if !ok || !contains(versions, protocolVersion) {
		return nil
	}
	if _, err := d.server.Discard(len(line)); err != nil {
		return err
	}
	d.hadGate = true
	if err := d.talker.trusts(keys); err != nil {
		return err
	}
	if err := d.passIdentification(); err != nil {
		return err
	}
	bind, err := d.greet(keys)
	if bind == nil || err != nil {
		return err
	}
	return d.talk(keys, bind)
}

// firstLine is the server's first line, which stays in the reader; nil when it is longer than an advert, or does not come in
// the time the reader grants: perhaps a server that waits for its client.
func (d *dialogue) firstLine() []byte {
	for wanted := 1; wanted <= longestAdvert; wanted++ {
		bytes, err := d.server.Peek(wanted)
		if err != nil {
			return nil
		}
		if bytes[wanted-1] == '\n' {
			return bytes
		}
	}
	return nil
}

// passIdentification passes the server's lines on, up to its identification string.
func (d *dialogue) passIdentification() error {
	for lines := 0; lines < mostLines; lines++ {
		line, err := readLine(d.server)
		if err != nil {
			return err
		}
		if _, err := d.toSSH.Write(line); err != nil {
			return err
		}
		if strings.HasPrefix(string(line), "SSH-") {
			return nil
		}
	}
	return errTooManyLines
}

// greet sends the client's identification string, and HELLO before its KEXINIT. A bind of nil means that this is no SSH client
// as we know them: what it says passes as it is, without a HELLO.
func (d *dialogue) greet(keys gateKeys) ([]byte, error) {
	start, err := d.ssh.Peek(4)
	if err != nil || string(start) != "SSH-" {
		return nil, nil
	}
	line, err := readLine(d.ssh)
	if err != nil {
		return nil, err
	}
	if _, err := d.toServer.Write(line); err != nil {
		return nil, err
	}
	header, err := d.ssh.Peek(packetHeader + 1)
	if err != nil || header[packetHeader] != msgKexInit {
		return nil, nil
	}
	length, err := packetLength(header)
	if err != nil {
		return nil, nil
	}
	kexInit, err := take(d.ssh, length)
	if err != nil {
		return nil, err
	}
	bind := connectionBind([]byte(withoutLineEnd(line)), payloadOf(kexInit))
	body, err := d.talker.hello(keys, bind)
	if err != nil {
		return nil, err
	}
	_, err = d.toServer.Write(append(framePacket(encodeExtension(body)), kexInit...))
	return bind, err
}

// talk takes the gate's messages out and answers them; the first other packet stays in the reader.
func (d *dialogue) talk(keys gateKeys, bind []byte) error {
	for messages := 0; ; messages++ {
		header, err := d.server.Peek(packetHeader + 1)
		if err != nil {
			return nil
		}
		length, err := packetLength(header)
		if err != nil {
			return errBadPacket
		}
		if header[packetHeader] != msgChallenge {
			return nil
		}
		if messages == mostMessages {
			return errTooManyMessages
		}
		packet, err := take(d.server, length)
		if err != nil {
			return err
		}
		if err := d.answer(keys, bind, payloadOf(packet)); err != nil {
			return err
		}
	}
}

func (d *dialogue) answer(keys gateKeys, bind, payload []byte) error {
	message, err := parseExtension(payload)
	if err != nil {
		return errBadPacket
	}
	// Another extension that shares the number: not for us, and ssh would not bear it.
	if string(message.name) != extensionName {
		return nil
	}
	if !isSignedBy(keys.sign, bind, message.body, message.signature) {
		return errBadSignature
	}
	body, settle, err := d.talker.reply(keys, bind, message.body)
	if body == nil || err != nil {
		return err
	}
	if _, err := d.toServer.Write(framePacket(encodeExtension(body))); err != nil {
		return err
	}
	settle()
	return nil
}

// readLine reads a line with its end; a copy.
func readLine(from *bufio.Reader) ([]byte, error) {
	var line []byte
	for len(line) <= longestLine {
		b, err := from.ReadByte()
		if err != nil {
			return nil, err
		}
		line = append(line, b)
		if b == '\n' {
			return line, nil
		}
	}
	return nil, errTooManyLines
}

func take(from *bufio.Reader, length int) ([]byte, error) {
	bytes := make([]byte, length)
	_, err := io.ReadFull(from, bytes)
	return bytes, err
}

func withoutLineEnd(line []byte) string {
	return strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")
}

func contains(list []int, wanted int) bool {
	for _, each := range list {
		if each == wanted {
			return true
		}
	}
	return false
}
