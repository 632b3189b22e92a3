package main

import (
	"encoding/binary"
	"errors"
)

// Binary packets of the clear part of a connection (RFC 4253 section 6).
const (
	longestPacket = 35_000
	blockSize     = 8
	leastPadding  = 4
	packetHeader  = 5
)

const (
	msgDisconnect = 1
	msgKexInit    = 20
)

var (
	errPacketLength = errors.New("bad packet length")
	errPadding      = errors.New("bad padding")
)

// framePacket frames a payload: block size 8, no MAC, padding of zeros, for nothing is encrypted yet that it could protect.
func framePacket(payload []byte) []byte {
	padding := blockSize - (packetHeader+len(payload))%blockSize
	if padding < leastPadding {
		padding += blockSize
	}
	out := make([]byte, packetHeader+len(payload)+padding)
	binary.BigEndian.PutUint32(out, uint32(1+len(payload)+padding))
	out[4] = byte(padding)
	copy(out[packetHeader:], payload)
	return out
}

// packetLength is the whole length of the packet that begins with these five bytes, as strictly as the RFC is written.
func packetLength(header []byte) (int, error) {
	length := binary.BigEndian.Uint32(header)
	if length < 1+1+leastPadding || length > longestPacket-4 || (length+4)%blockSize != 0 {
		return 0, errPacketLength
	}
	if padding := uint32(header[4]); padding < leastPadding || padding > length-2 {
		return 0, errPadding
	}
	return int(length) + 4, nil
}

// payloadOf is the payload of a whole packet; a view.
func payloadOf(packet []byte) []byte {
	return packet[packetHeader : len(packet)-int(packet[4])]
}

// sshString is a string as RFC 4251 section 5 writes it.
func sshString(bytes []byte) []byte {
	out := make([]byte, 4, 4+len(bytes))
	binary.BigEndian.PutUint32(out, uint32(len(bytes)))
	return append(out, bytes...)
}

// takeString takes a string of least to most bytes off the front.
func takeString(from []byte, least, most int) (taken, rest []byte, ok bool) {
	if len(from) < 4 {
		return nil, nil, false
	}
	length := binary.BigEndian.Uint32(from)
	if uint64(length) < uint64(least) || uint64(length) > uint64(most) || uint64(length) > uint64(len(from)-4) {
		return nil, nil, false
	}
	return from[4 : 4+length], from[4+length:], true
}
