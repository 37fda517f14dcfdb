package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

const queryConsumerOffset = 14

// connection asks a broker in RocketMQ's protocol, one thing after the other.
type connection struct {
	socket net.Conn
	opaque int
}

func connect(address string) (*connection, error) {
	socket, err := net.Dial("tcp", address)
	return &connection{socket: socket}, err
}

func (c *connection) ask(code int, fields map[string]string) (map[string]string, error) {
	c.opaque++
	header, err := json.Marshal(map[string]any{
		"code": code, "flag": 0, "language": "GO", "opaque": c.opaque, "version": 0, "extFields": fields,
	})
	if err != nil {
		return nil, err
	}
	var frame bytes.Buffer
	_ = binary.Write(&frame, binary.BigEndian, uint32(4+len(header)))
	_ = binary.Write(&frame, binary.BigEndian, uint32(len(header)))
	frame.Write(header)
	_ = c.socket.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err = c.socket.Write(frame.Bytes()); err != nil {
		return nil, err
	}
	var sizes [8]byte
	if _, err = io.ReadFull(c.socket, sizes[:]); err != nil {
		return nil, err
	}
	rest := make([]byte, binary.BigEndian.Uint32(sizes[:4])-4)
	if _, err = io.ReadFull(c.socket, rest); err != nil {
		return nil, err
	}
	var answer struct {
		Code      int               `json:"code"`
		Remark    string            `json:"remark"`
		ExtFields map[string]string `json:"extFields"`
	}
	if err = json.Unmarshal(rest[:binary.BigEndian.Uint32(sizes[4:])&0xffffff], &answer); err != nil {
		return nil, err
	}
	if answer.Code != 0 {
		return nil, fmt.Errorf("code %d: %s", answer.Code, answer.Remark)
	}
	return answer.ExtFields, nil
}

func (c *connection) committed(group, topic string, queue int) (int64, error) {
	fields, err := c.ask(queryConsumerOffset, map[string]string{
		"consumerGroup": group, "topic": topic, "queueId": strconv.Itoa(queue),
	})
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(fields["offset"], 10, 64)
}
